//! What a host's thread needs of stack: the header promises 128 KiB for any molecule within the limits, whatever is asked.
//! Tried with half of that. A stack that overflows ends the whole program.

use chmr::chem::{self, Limits};
use chmr::{
    Batch, EncodeOptions, ErrorKind, ImputeOptions, Model, NeighborOptions, PredictOptions, Run,
};

/// What is deep, long, fused or in many pieces.
fn molecules() -> Vec<String> {
    let nested =
        |open: &str, close: &str, n: usize| format!("{}C{}", open.repeat(n), close.repeat(n));
    vec![
        nested("C(", ")C", 200),
        nested("C(", ")", 199),
        nested("C1CC(C1", ")", 99),
        nested("c1ccc(cc1", ")", 99),
        "C".repeat(1000),
        format!("{}C", "C(C)(C)".repeat(300)),
        format!("C1{}C1", "C".repeat(990)),
        format!("c1{}c1", "c".repeat(900)),
        format!("{}C", "C.".repeat(499)),
        format!("{}C", "C/C=C/".repeat(150)),
        format!("{}O", "N[C@@H](Cc1ccccc1)C(=O)".repeat(80)),
        // Refused, and as deep as text can be.
        "(".repeat(100_000),
        format!("C{}", "(C".repeat(100_000)),
    ]
}

/// Runs `work` by a thread with a stack of so many KiB.
fn with_stack<T: Send>(kib: usize, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|s| {
        let thread = std::thread::Builder::new().stack_size(kib << 10).spawn_scoped(s, work);
        thread.unwrap().join().unwrap()
    })
}

#[test]
fn half_of_what_is_promised_suffices() {
    let model = Model::open_default().unwrap();
    let mut batch = Batch::new();
    let molecules = molecules();
    molecules.iter().for_each(|m| {
        batch.push_smiles(m);
    });
    let refused = |e: &chmr::Error| matches!(e.kind, ErrorKind::Molecule(_));
    let run = Run::new();
    with_stack(64, || {
        for (i, smiles) in molecules.iter().enumerate() {
            match chem::parse_smiles(smiles, &Limits::default()) {
                Ok(molecule) => {
                    molecule.to_smiles();
                }
                Err(e) => {
                    assert!(i >= molecules.len() - 2 || e.kind == chem::ErrorKind::Limit, "{e}")
                }
            }
        }
        let options = PredictOptions { tasks: Some(vec![0]), threads: 1, ..Default::default() };
        let rows = model.predict(&batch, &options, &run).unwrap().rows;
        assert!(rows[..4].iter().all(Result::is_ok));
        assert!(rows.iter().filter_map(|r| r.as_ref().err()).all(refused));
    });
    with_stack(128, || {
        let options = NeighborOptions { threads: 1, ..Default::default() };
        model.neighbors(&batch, &options, &run).unwrap();
        let options = ImputeOptions { threads: 1, ..Default::default() };
        model.impute(&batch, "expression", None, &options, &run).unwrap();
        let _ = model.encode(&batch, &EncodeOptions { threads: 1, ..Default::default() }, &run);
        Model::open_default().unwrap();
    });
}
