//! A small SMARTS matcher for fixed sets of patterns.
//!
//! A [`Library`] compiles many patterns together: what several share is
//! looked at once a molecule, for all atoms together. Covers what the descriptors' patterns use: element,
//! aromaticity, charge, isotope, H, D, X, v, R, r, recursion; bonds - = # : ~ @ with ! & , ;
//! chirality is not supported.

mod bonds;
mod circuit;
mod library;
mod matcher;
mod parse;
mod symbols;
mod tests;

pub(super) use library::Library;
pub(super) use matcher::Matcher;

#[cfg(test)]
mod examples {
    use super::*;
    use crate::chem::{Limits, parse_smiles};

    /// Matches of one pattern; `valence` is only right where the molecule is a saturated carbon chain.
    fn count(smarts: &str, smiles: &str) -> usize {
        let library = Library::new([smarts]);
        let mol = parse_smiles(smiles, &Limits::default()).unwrap();
        let valence = vec![4; mol.atoms().len()];
        Matcher::new(&library, &mol, &valence).count(0)
    }

    #[test]
    fn matches_as_smarts_means_it() {
        for (smarts, smiles, expected) in [
            ("C", "CCO", 2),
            ("CC", "CCC", 2),
            ("[#6]~[!#6]", "CCO", 1),
            ("c1ccccc1", "c1ccccc1-c1ccccc1", 2),
            ("c1ccccc1", "c1ccc2ccccc2c1", 2),
            ("cc", "c1ccccc1-c1ccccc1", 13),
            ("c-c", "c1ccccc1-c1ccccc1", 1),
            ("c:c", "c1ccccc1-c1ccccc1", 12),
            ("[OH]", "OCCO", 2),
            ("[OX2H0]", "COCCO", 1),
            ("[CH2,CH3]", "CC(C)CO", 3),
            ("[C;!H3]", "CC(C)CO", 2),
            ("[C;H2,H3;D1]", "CC(C)CO", 2),
            ("[+]", "C[NH3+].[Cl-]", 1),
            ("[-0]", "C[NH3+].[Cl-]", 1),
            ("[13C]", "[13CH3]C", 1),
            ("[R]", "C1CC1C", 3),
            ("[R0]", "C1CC1C", 1),
            ("[R2]", "C1CC2CC2C1", 2),
            ("[r3]", "C1CC2CC2C1", 3),
            ("C!@C", "C1CC1C", 1),
            ("C@C", "C1CC1C", 3),
            ("[v4]", "CCC", 3),
            ("[$(CO)]", "CCO", 1),
            ("[C;!$(CO)]", "CCO", 1),
            ("[$([CH2][$([OH])])]", "CCO", 1),
            ("C(=O)-,=[O,N]", "CC(=O)N", 1),
            ("F.F", "FCF", 1),
            ("F.F", "FC", 0),
            ("[H,c]", "CO", 1),
            ("[H]", "[H][H]", 2),
            ("*1**1", "C1CC1", 1),
        ] {
            assert_eq!(count(smarts, smiles), expected, "{smarts} in {smiles}");
        }
    }

    #[test]
    fn a_search_without_end_is_cut() {
        // Two dozen atoms in a row have more matches in a sheet of carbon than there is time for.
        let sheet = "C12C3C4C5C6C1C7C8C2C9C3C%10C4C%11C5C%12C6C7C%13C8C9C%10C%11C%12%13";
        let row = "*".repeat(24);
        let mol = parse_smiles(sheet, &Limits::default()).unwrap();
        let library = Library::new([row.as_str()]);
        let valence = vec![4; mol.atoms().len()];
        let found = Matcher::new(&library, &mol, &valence).count(0);
        assert!(found <= 200_000, "{found}");
    }
}
