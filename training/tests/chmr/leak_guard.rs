//! No labelled signal on a valid or test molecule.

use chmr_training::chmr::leak_guard::LeakGuard;
use std::io::Write;

#[test]
fn every_way_to_write_a_withheld_molecule_is_refused() {
    let mut guard = LeakGuard::new();
    guard.withhold("C[C@H](N)C(=O)O", "demo test").unwrap();
    guard.withhold("Oc1ccccn1", "demo valid").unwrap();
    for same in [
        "C[C@H](N)C(=O)O",
        "C[C@@H](N)C(=O)O",
        "OC(=O)C(N)C",
        "CC([NH3+])C([O-])=O",
        "[2H]C(C)(N)C(=O)O",
        "[13CH3]C(N)C(=O)[O-]",
        "O=c1cccc[nH]1",
        "C1=CC=CN=C1O",
    ] {
        let leak = guard.check(same).expect_err(same);
        assert!(leak.origin.is_some() && leak.to_string().contains("demo"), "{leak}");
    }
    for other in ["CC(N)C(=O)OC", "NCCC(=O)O", "Oc1cccnc1", "CC(N)C(N)=O", "CC(O)C(=O)O"] {
        guard.check(other).unwrap_or_else(|leak| panic!("{leak}"));
    }
    let leak = guard.check("not a molecule").unwrap_err();
    assert_eq!(leak.origin, None);
    assert!(guard.withhold("C1CC", "demo test").is_err());
}

#[test]
fn tables_are_parted_and_refused() {
    let mut guard = LeakGuard::new();
    guard.withhold("CCO", "demo test").unwrap();
    let table = ["CCC", "OCC", "CCN", "?"];
    let admitted = guard.admit(&table);
    assert_eq!(admitted.rows, [0, 2]);
    assert_eq!(admitted.refused.iter().map(|r| r.0).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(guard.require_clean(&table).unwrap_err().smiles, "OCC");
    assert!(guard.require_clean(&table[2..3]).is_ok());
}

#[test]
fn a_benchmark_withholds_its_valid_and_test_rows() {
    let mut file = tempfile::Builder::new().prefix("demo").suffix(".csv").tempfile().unwrap();
    writeln!(file, "smiles,split,y\nCCO,train,1\nCCN,valid,0\nCCS,test,\nC1C,test,1").unwrap();
    let mut guard = LeakGuard::new();
    let unread = guard.withhold_benchmark(file.path()).unwrap();
    assert_eq!((guard.len(), unread.len()), (2, 1));
    assert!(guard.check("OCC").is_ok());
    assert!(guard.check("NCC").is_err() && guard.check("SCC").is_err());
    let mut bad = tempfile::NamedTempFile::new().unwrap();
    writeln!(bad, "smiles,split\nCCO,hold-out").unwrap();
    assert!(guard.withhold_benchmark(bad.path()).unwrap_err().contains("hold-out"));
}
