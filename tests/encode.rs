//! Latents and their places in the hierarchy, through the model.

mod support;

use chmr::model::CodebookEntry;
use chmr::{Batch, EncodeOptions, ErrorKind, Model, Run};
use support::codebook::{codebook, file, section};

fn model() -> Model {
    Model::from_bytes(file(section(&["latent"]), 12).unwrap()).unwrap()
}

const SMILES: [&str; 5] = ["CCO", "C(", "c1ccccc1C(=O)O", "CN1CCCC1c1cccnc1", "[Na+].[Cl-]"];

fn batch(smiles: &[&str]) -> Batch {
    let mut batch = Batch::new();
    smiles.iter().for_each(|s| {
        batch.push_smiles(s);
    });
    batch
}

#[test]
fn codes_are_the_routes_of_the_latents() {
    let model = model();
    let encoded = model.encode(&batch(&SMILES), &EncodeOptions::default(), &Run::new()).unwrap();
    assert!(matches!(encoded.rows[1], Err(ref e) if matches!(e.kind, ErrorKind::Molecule(_))));
    let [latent] = &encoded.latents[..] else { panic!("one modality") };
    assert_eq!(latent.name, "latent");
    for (i, values) in latent.values.outer_iter().enumerate() {
        assert_eq!(values.iter().all(|v| v.is_nan()), i == 1);
        let expected = (i != 1).then(|| codebook(12).route(values.as_slice().unwrap()));
        assert_eq!(latent.codes[i], expected);
    }
    assert_ne!(latent.values.row(0), latent.values.row(2));
}

#[test]
fn bits_depend_on_nothing_but_the_molecule() {
    let model = model();
    let encode = |smiles: &[&str], threads| {
        let options = EncodeOptions { threads, ..Default::default() };
        model.encode(&batch(smiles), &options, &Run::new()).unwrap()
    };
    let many: Vec<&str> = (0..150).map(|i| SMILES[i % 5]).collect();
    let all = encode(&many, 3);
    for (i, smiles) in SMILES.iter().enumerate() {
        let alone = encode(&[smiles], 1);
        for row in (i..150).step_by(5) {
            assert_eq!(all.rows[row].is_ok(), alone.rows[0].is_ok());
            assert_eq!(all.latents[0].codes[row], alone.latents[0].codes[0]);
            let bits = |v: ndarray::ArrayView1<'_, f32>| -> Vec<u32> {
                v.iter().map(|v| v.to_bits()).collect()
            };
            assert_eq!(bits(all.latents[0].values.row(row)), bits(alone.latents[0].values.row(0)));
        }
    }
}

#[test]
fn sections_that_do_not_fit_are_refused() {
    for latents in [&[][..], &["structure"], &["absent"], &["latent", "latent"]] {
        assert_eq!(file(section(latents), 12).unwrap_err().kind, ErrorKind::Corrupt);
    }
    let elsewhere = CodebookEntry { path: "treevq/other".into(), ..section(&["latent"]) };
    assert_eq!(file(elsewhere, 12).unwrap_err().kind, ErrorKind::Corrupt);
    // Nodes of another width than the latent are told on opening.
    let e = Model::from_bytes(file(section(&["latent"]), 11).unwrap()).unwrap_err();
    assert!(e.kind == ErrorKind::Corrupt && e.message.contains("'latent'"), "{e}");
}

#[test]
fn a_model_without_a_codebook_says_so() {
    let model = Model::from_bytes(support::model()).unwrap();
    assert!(model.codebook().is_none());
    let e = model.encode(&batch(&SMILES), &EncodeOptions::default(), &Run::new()).unwrap_err();
    assert!(e.kind == ErrorKind::Argument && e.message.contains("codebook"), "{e}");
}
