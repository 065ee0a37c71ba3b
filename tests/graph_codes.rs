//! Codes and walks of graph networks against RDKit's molecules.

use chmr::chem::{Limits, Molecule, parse_smiles};
use chmr::features::{ATOM_CODES, BOND_CODES, graph_codes, walks};

/// The rows of `tests/golden/graph_codes.csv`: see `tests/oracle/golden_graph_codes.py`.
fn rows() -> Vec<[&'static str; 4]> {
    let text = include_str!("golden/graph_codes.csv");
    let cells = |line: &'static str| {
        let cells: Vec<&str> = line.split(',').collect();
        cells.try_into().unwrap_or_else(|_| panic!("{line}"))
    };
    text.lines().skip(1).map(cells).collect()
}

fn molecule(smiles: &str) -> Molecule {
    parse_smiles(smiles, &Limits::default()).unwrap_or_else(|e| panic!("{smiles}: {e}"))
}

fn text<T: ToString>(numbers: impl IntoIterator<Item = T>) -> String {
    numbers.into_iter().map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn rdkit_gives_the_same_codes() {
    let mut wrong = Vec::new();
    for [smiles, atoms, bonds, _] in rows() {
        let codes = graph_codes(&molecule(smiles)).unwrap_or_else(|e| panic!("{smiles}: {e}"));
        let found: Vec<_> = codes.atoms.iter().map(text).collect();
        let ends = codes.ends.iter().map(|[a, b]| [*a.min(b), *a.max(b)]);
        let mut edges: Vec<_> = ends.zip(&codes.bonds).collect();
        edges.sort();
        let edges: Vec<_> =
            edges.into_iter().map(|(e, c)| format!("{} {}", text(e), text(c))).collect();
        if found.join(";") != atoms || edges.join(";") != bonds {
            wrong.push(format!(
                "{smiles}\n  {}\n  {atoms}\n  {}\n  {bonds}",
                found.join(";"),
                edges.join(";")
            ));
        }
    }
    assert!(rows().len() > 450);
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn walks_are_powers_of_the_transition_matrix() {
    let mut checked = 0;
    for [smiles, _, _, expected] in rows() {
        if expected.is_empty() {
            continue;
        }
        let found = walks(&molecule(smiles));
        let rows: Vec<&str> = expected.split(';').collect();
        assert_eq!(found.len(), rows.len(), "{smiles}");
        for (found, row) in found.iter().zip(rows) {
            for (found, expected) in found.iter().zip(row.split(' ')) {
                let expected: f32 = expected.parse().expect("a number");
                assert!((found - expected).abs() < 1e-6, "{smiles}: {found} {expected}");
            }
        }
        checked += 1;
    }
    assert!(checked > 40, "{checked}");
}

#[test]
fn every_code_is_below_its_number_of_values() {
    for [smiles, ..] in rows() {
        let codes = graph_codes(&molecule(smiles)).unwrap_or_else(|e| panic!("{smiles}: {e}"));
        assert!(
            codes.atoms.iter().all(|a| a.iter().zip(ATOM_CODES).all(|(c, n)| usize::from(*c) < n))
        );
        assert!(
            codes.bonds.iter().all(|b| b.iter().zip(BOND_CODES).all(|(c, n)| usize::from(*c) < n))
        );
    }
}

/// The same molecule written from the other end.
#[test]
fn codes_do_not_depend_on_how_a_molecule_is_written() {
    for (one, other) in [
        ("C[C@H](N)C(=O)O", "OC(=O)[C@@H](N)C"),
        ("C/C=C\\CO", "OC/C=C\\C"),
        ("c1ccc2[nH]ccc2c1", "[nH]1ccc2ccccc12"),
    ] {
        let sorted = |smiles| {
            let codes = graph_codes(&molecule(smiles)).expect("codes");
            let (mut atoms, mut bonds) = (codes.atoms, codes.bonds);
            atoms.sort();
            bonds.sort();
            (atoms, bonds)
        };
        assert_eq!(sorted(one), sorted(other), "{one}");
    }
}
