//! What the library writes it reads again as the same molecule: SMILES, random respellings, and molblocks of every kind.

use chmr::chem::{Limits, Molecule, SdfReader, parse_smiles};
use chmr::features::{maccs, morgan};
use proptest::prelude::*;

/// What must not change: fingerprints, and of all atoms together the charge, hydrogens and isotopes.
fn same(a: &Molecule, b: &Molecule) -> Result<(), String> {
    let sums = |m: &Molecule| {
        let each = m.atoms().iter();
        let hydrogens: usize = each.clone().map(|a| usize::from(a.hydrogens)).sum();
        let drawn = each.clone().filter(|a| a.atomic_number == 1).count();
        let charge: i32 = each.clone().map(|a| i32::from(a.charge)).sum();
        let isotopes: u32 = each.map(|a| u32::from(a.isotope)).sum();
        (m.atoms().len() - drawn, hydrogens + drawn, charge, isotopes)
    };
    if sums(a) != sums(b) {
        return Err(format!(
            "atoms, hydrogens, charge, isotopes {:?} became {:?}",
            sums(a),
            sums(b)
        ));
    }
    for (radius, bits) in [(2, 1024), (3, 2048)] {
        if morgan(a, radius, bits).hex() != morgan(b, radius, bits).hex() {
            return Err(format!("another Morgan fingerprint of radius {radius}"));
        }
    }
    if maccs(a).hex() != maccs(b).hex() { Err("other MACCS keys".into()) } else { Ok(()) }
}

/// The text that was written, if any.
fn rewritten(molecule: &Molecule) -> Result<Option<String>, String> {
    let Some(text) = molecule.to_smiles() else { return Ok(None) };
    let again = parse_smiles(&text, &Limits::default()).map_err(|e| format!("{text}: {e}"))?;
    same(molecule, &again).map_err(|e| format!("{text}: {e}"))?;
    // Writing has a fixed point: stereo, which no fingerprint here holds, is in the text.
    let twice = again.to_smiles();
    if twice.as_ref() != Some(&text) {
        let third =
            twice.as_ref().and_then(|t| parse_smiles(t, &Limits::default()).ok()?.to_smiles());
        if third != twice {
            return Err(format!("{text} is written as {twice:?}, and then as {third:?}"));
        }
    }
    Ok(Some(text))
}

/// SMILES of the fixtures, as they stand and respelt.
fn smiles() -> Vec<&'static str> {
    let lines = include_str!("golden/fingerprints.csv").lines().skip(1);
    lines.flat_map(|line| line.split(',').take(3)).filter(|s| !s.starts_with('"')).collect()
}

#[test]
fn smiles_are_rewritten() {
    let all = smiles();
    let (mut wrong, mut unwritten) = (Vec::new(), Vec::new());
    for text in &all {
        let Ok(molecule) = parse_smiles(text, &Limits::default()) else { continue };
        match rewritten(&molecule) {
            Ok(Some(_)) => {}
            Ok(None) => unwritten.push(text),
            Err(e) => wrong.push(format!("{text}: {e}")),
        }
    }
    assert!(all.len() > 1500 && wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(unwritten.is_empty(), "not written: {unwritten:?}");
}

#[test]
fn molblocks_are_rewritten() {
    let text = include_str!("golden/molblocks.sdf");
    let (mut written, mut wrong) = (0, Vec::new());
    for record in SdfReader::new(text.as_bytes(), Limits::default()).map(Result::unwrap) {
        let Ok(molecule) = record.molecule(&Limits::default()) else { continue };
        // A drawn hydrogen that stays an atom here is folded when a SMILES is read, by RDKit, too.
        if molecule.atoms().iter().any(|a| a.atomic_number == 1) {
            continue;
        }
        match rewritten(&molecule) {
            Ok(text) => written += usize::from(text.is_some()),
            Err(e) => wrong.push(format!("{}: {e}", record.title)),
        }
    }
    assert!(written > 250 && wrong.is_empty(), "{written} written, wrong:\n{}", wrong.join("\n"));
}

proptest! {
    /// Pieces of SMILES put together at random: whatever is read can be written, and is read as the same.
    #[test]
    fn pieces_are_rewritten(pieces in prop::collection::vec(prop::sample::select(vec![
        "C", "N", "O", "S", "c1ccccc1", "c1ccc(cc1)", "[nH]1cccc1", "C(=O)", "[C@H](F)", "[C@@](C)(Cl)", "/C=C/", "/C=C\\", "[N+](=O)[O-]",
        "[O-]", "[NH4+].", "[13CH2]", "P(=O)(O)", "[Si](C)(C)", "C1CC1", "C#C", "S(=O)(=O)", "c1cc[n+]([O-])cc1", "[CH2]", "[Se]", "B(O)",
        "C1=CC=CC=C1", "N=N", "*", "[2H]", "(C)", "(=O)", "%11CC%11",
    ]), 1..9)) {
        let text = pieces.concat();
        if let Ok(molecule) = parse_smiles(&text, &Limits::default()) {
            let out = rewritten(&molecule);
            prop_assert!(out.is_ok(), "{}: {:?}", text, out);
        }
    }
}
