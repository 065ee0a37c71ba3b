//! Fingerprints against RDKit's, and what must hold of them whatever RDKit says.

use chmr::chem::{Limits, parse_smiles};
use chmr::features::{Fingerprint, MACCS_BITS, for_each_environment, maccs, morgan};
use proptest::prelude::*;

/// Radius and length of the Morgan columns of the fixture.
const MORGAN: [(u32, usize); 3] = [(2, 1024), (3, 2048), (5, 333)];

/// A row of `tests/golden/fingerprints.csv`: see `tests/oracle/golden_fingerprints.py`.
struct Row {
    spellings: [String; 3],
    /// As in [`all`].
    bits: Vec<String>,
}

fn rows() -> Vec<Row> {
    let text = include_str!("golden/fingerprints.csv");
    text.lines()
        .skip(1)
        .map(|line| {
            // No SMILES of the fixture holds a comma or a quote.
            let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            assert_eq!(cells.len(), 7, "{line}");
            Row { spellings: [0, 1, 2].map(|i| cells[i].clone()), bits: cells[3..].to_vec() }
        })
        .collect()
}

/// Every fingerprint of the fixture, as it writes them.
fn all(smiles: &str) -> Vec<String> {
    let mol = parse_smiles(smiles, &Limits::default()).unwrap_or_else(|e| panic!("{smiles}: {e}"));
    let mut bits: Vec<String> = MORGAN.map(|(r, n)| morgan(&mol, r, n).hex()).into();
    bits.push(maccs(&mol).hex());
    bits
}

#[test]
fn rdkit_has_the_same_bits() {
    let rows = rows();
    assert!(rows.len() > 400);
    let wrong: Vec<&str> = rows
        .iter()
        .filter(|row| all(&row.spellings[0]) != row.bits)
        .map(|row| row.spellings[0].as_str())
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ: {wrong:#?}", wrong.len(), rows.len());
}

#[test]
fn the_order_of_atoms_is_of_no_account() {
    let rows = rows();
    let respelt = rows.iter().flat_map(|row| row.spellings[1..].iter().map(move |s| (s, row)));
    let wrong: Vec<&String> =
        respelt.filter(|(text, row)| all(text) != row.bits).map(|(text, _)| text).collect();
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
}

#[test]
fn what_rdkit_refuses_is_refused() {
    for text in include_str!("golden/refused.smi").lines() {
        let read = parse_smiles(text, &Limits::default());
        assert!(read.is_err(), "{text} was read as {read:?}");
    }
}

#[test]
fn maccs_numbers_are_rdkits() {
    let mol = parse_smiles("CC(=O)Oc1ccccc1C(=O)O", &Limits::default()).unwrap();
    let keys = maccs(&mol);
    assert_eq!(keys.bits(), MACCS_BITS);
    // Read off RDKit's `GetMACCSKeysFingerprint(aspirin).GetOnBits()`.
    let expected = [
        89, 113, 123, 126, 127, 136, 139, 140, 143, 144, 146, 150, 152, 154, 157, 159, 160, 162,
        163, 164, 165,
    ];
    assert_eq!(keys.iter_ones().collect::<Vec<_>>(), expected);
}

#[test]
fn folding_is_by_modulo() {
    let mol = parse_smiles("CN1C=NC2=C1C(=O)N(C)C(=O)N2C", &Limits::default()).unwrap();
    let mut expected = Fingerprint::new(100);
    for_each_environment(&mol, 2, |id| expected.set(id as usize % 100));
    assert_eq!(morgan(&mol, 2, 100), expected);
}

#[test]
fn a_hostile_cage_is_done_in_bounded_time() {
    // Complete graphs of wildcards: far more paths of every length than atoms.
    for n in [4usize, 5, 6, 8, 14] {
        let mut text = String::new();
        let mut label = 10;
        let mut open: Vec<Vec<u32>> = vec![Vec::new(); n];
        for a in 0..n {
            text.push('*');
            for closing in std::mem::take(&mut open[a]) {
                text.push_str(&format!("%{closing}"));
            }
            for later in open.iter_mut().skip(a + 2) {
                text.push_str(&format!("%{label}"));
                later.push(label);
                label += 1;
            }
        }
        // The larger ones are beyond ring perception, and refused.
        if let Ok(mol) = parse_smiles(&text, &Limits::default()) {
            assert!(!maccs(&mol).get(101) && maccs(&mol).get(22), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn bytes_come_back(bits in 1usize..300, ones in prop::collection::vec(0usize..300, 0..40)) {
        let mut fingerprint = Fingerprint::new(bits);
        ones.iter().filter(|&&i| i < bits).for_each(|&i| fingerprint.set(i));
        let bytes = fingerprint.bytes();
        prop_assert_eq!(bytes.len(), bits.div_ceil(8));
        for i in 0..bits {
            prop_assert_eq!(bytes[i / 8] >> (i % 8) & 1 == 1, fingerprint.get(i));
            prop_assert_eq!(ones.contains(&i), fingerprint.get(i));
        }
        prop_assert_eq!(fingerprint.iter_ones().count(), fingerprint.count_ones() as usize);
        prop_assert_eq!(Fingerprint::from_bytes(bits, &bytes), Some(fingerprint));
    }

    #[test]
    fn stray_bits_and_wrong_lengths_are_refused(bits in 1usize..300, extra in 0usize..3) {
        let length = bits.div_ceil(8);
        prop_assert!(Fingerprint::from_bytes(bits, &vec![0; length + 1 + extra]).is_none());
        if !bits.is_multiple_of(8) {
            let mut bytes = vec![0; length];
            bytes[length - 1] = 0x80;
            prop_assert!(Fingerprint::from_bytes(bits, &bytes).is_none());
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[CNOcnos()=#1-3\\[\\]H@+*.-]{0,24}") {
        if let Ok(mol) = parse_smiles(&text, &Limits::default()) {
            morgan(&mol, 3, 64);
            maccs(&mol);
        }
    }
}
