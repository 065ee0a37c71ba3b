//! Writes the small models that the C and C++ hosts (`tests/hosts/`) and the Java tests open to
//! `target/tmp/hosts/`, where `cargo xtask test hosts` finds them.

mod support;

use chmr::Model;
use std::path::Path;

#[test]
fn models_for_the_hosts() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts");
    std::fs::create_dir_all(&folder).unwrap();
    let mut structure = support::manifest();
    structure.tasks[4].unit = Some("log10 µg/mL".into());
    structure.tasks[4].direction = Some("more soluble".into());
    let mut bits = structure.clone();
    bits.structure.maccs_bits = 0;
    for (name, manifest) in [("structure.chmr", structure), ("bits.chmr", bits)] {
        let file = support::model_with(manifest, |_| None);
        std::fs::write(folder.join(name), &file).unwrap();
        assert_eq!(Model::from_bytes(file).unwrap().tasks().len(), 5);
    }
    let codebook = support::codebook::section(&["latent"]);
    let file = support::codebook::file(codebook, 12).unwrap();
    std::fs::write(folder.join("codebook.chmr"), file).unwrap();
    std::fs::write(folder.join("whole.chmr"), support::whole()).unwrap();
}
