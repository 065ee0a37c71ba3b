//! A tiny data folder, in the form of the public one.

use chmr_training::chmr::rng::Rng;
use chmr_training::data::PrepareConfig;
use flate2::{Compression, write::GzEncoder};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// Canonical SMILES of the benchmark's test molecule that other tables give labels to.
pub const PLANTED: &str = "CC(=O)Nc1ccccc1";

/// Molecules with labels and profiles.
pub const LABELLED: [&str; 12] = [
    "CCO",
    "CCCO",
    "CCCCO",
    "CCN",
    "CCCN",
    "CCCCN",
    "c1ccccc1",
    "Cc1ccccc1",
    "CCc1ccccc1",
    "Oc1ccccc1",
    "Nc1ccccc1",
    "CC(=O)O",
];

/// The folder; gone when dropped.
pub struct World(tempfile::TempDir);

/// Everything that the folder has, small.
pub fn config() -> PrepareConfig {
    PrepareConfig {
        molecules: 40,
        profiles: vec!["expression".into(), "jump".into()],
        labels: vec!["chembl".into(), "jump_activity".into()],
        neighbors: 5,
        context_similarity: 0.2,
        profile_neighbors: 2,
        validation: 0.2,
        ..PrepareConfig::default()
    }
}

impl World {
    /// Writes it.
    pub fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        world.write(
            "benchmarks/chembl2k.csv.gz",
            &format!("smiles,split,T\n{PLANTED},test,\nCCCl,train,1.0\nCCBr,valid,0.0\n"),
        );
        let mut molecules = String::from("smiles,source\nnot a molecule,x\n");
        for i in 1..40 {
            let (chain, end) = ("C".repeat(1 + i % 13), ["N", "O", "c1ccccc1", "C(=O)O"][i % 4]);
            writeln!(molecules, "{chain}{end},x").unwrap();
        }
        world.write("pretrain/molecules.csv.gz", &molecules);
        world.write(
            "pretrain/expression/l1000_consensus.tsv.gz",
            &profiles("inchikey14\tsmiles", '\t', 6, 1, |_| ""),
        );
        let jump = profiles("inchikey14,smiles,source", ',', 5, 2, |_| "s,");
        world.write("pretrain/morphology/jump_profiles748.csv.gz", &jump);

        // The leak is written in another way than in the benchmark.
        let mut chembl = String::from("smiles,T1,T2\nc1(NC(C)=O)ccccc1,9.0,4.0\n");
        let mut active =
            String::from("smiles,mean_average_precision,corrected_p_value,below_corrected_p\n");
        for (i, s) in LABELLED.iter().enumerate() {
            let aromatic = s.contains('c');
            let second = if i == 0 {
                ""
            } else if aromatic {
                "8"
            } else {
                "5"
            };
            writeln!(chembl, "{s},{},{second}", if aromatic { "5.5" } else { "7.5" }).unwrap();
            let p = if aromatic { "False" } else { "True" };
            writeln!(active, "{s},0.{i},0.5,{p}").unwrap();
        }
        world.write("pretrain/labelled/chembl_targets691.csv.gz", &chembl);
        world.write("pretrain/morphology/jump_activity.csv.gz", &active);
        world.write(
            "pretrain/expression/genes.tsv.gz",
            "entrez_gene_id\tstatus\tsymbol\n1\tmeasured\tONE\n2\tmeasured\tTWO\n",
        );
        world.write(
            "pretrain/graph/gene_gene.tsv.gz",
            "source\tmetaedge\ttarget\n1\tGiG\t2\n2\tGr>G\t3\n",
        );
        world.write(
            "pretrain/graph/repurposing_hub.csv.gz",
            "inchikey14,smiles,target\na,CCO,ONE|ODD\nb,CCN,TWO\nc,CC(Nc1ccccc1)=O,ONE\n",
        );
        world
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = GzEncoder::new(std::fs::File::create(path).unwrap(), Compression::fast());
        file.write_all(text.as_bytes()).unwrap();
        file.finish().unwrap();
    }
}

/// Profiles of the first eight molecules, the first one `repeats` times; they lean one way for aromatic ones.
fn profiles(
    leading: &str,
    separator: char,
    width: usize,
    repeats: usize,
    extra: impl Fn(usize) -> &'static str,
) -> String {
    let mut text = leading.to_owned();
    (0..width).for_each(|c| write!(text, "{separator}f{c}").unwrap());
    text.push('\n');
    let mut rng = Rng::new(5);
    for (i, s) in LABELLED.iter().take(8).enumerate() {
        for _ in 0..if i == 0 { repeats } else { 1 } {
            write!(text, "K{separator}{s}{separator}{}", extra(i)).unwrap();
            let lean = if s.contains('c') { 2.0 } else { -2.0 };
            let values: Vec<String> =
                (0..width).map(|_| format!("{:.4}", rng.normal() + lean)).collect();
            text += &values.join(&separator.to_string());
            text.push('\n');
        }
    }
    text
}
