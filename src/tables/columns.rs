//! Columns by the names that people give them.

use super::error::{Error, plain, shown};
use super::is_blank;

/// Names of columns of SMILES, in the form of [`normal`]. The first row goes before the second.
const SMILES: [&str; 12] = [
    "smiles",
    "canonicalsmiles",
    "isomericsmiles",
    "canonicalisomericsmiles",
    "isomericcanonicalsmiles",
    "absolutesmiles",
    "standardizedsmiles",
    "standardisedsmiles",
    "cxsmiles",
    "rdkitsmiles",
    "smilesstring",
    "smile",
];
const OTHERS: [&str; 11] = [
    "structure",
    "structures",
    "smi",
    "smis",
    "cansmi",
    "mol",
    "mols",
    "molecule",
    "molecules",
    "moleculestructure",
    "chemicalstructure",
];

/// A name without what people spell differently: case, blanks, underscores, hyphens.
pub(crate) fn normal(name: &str) -> String {
    name.chars()
        .filter(|&c| !is_blank(c) && !matches!(c, '_' | '-' | '"' | '\''))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a column of this name holds structures, as far as names tell.
pub fn is_structure(name: &str) -> bool {
    rank(&normal(name)) < NONE
}

const NONE: usize = 3;

fn rank(normal: &str) -> usize {
    match normal {
        n if SMILES.contains(&n) => 0,
        n if n.contains("smiles") => 1,
        n if OTHERS.contains(&n) => 2,
        _ => NONE,
    }
}

/// The column called `wanted`: by its exact name, else by one that differs in case, blanks, underscores and hyphens.
///
/// # Errors
/// If there is none, listing the columns, or several. `option` is what names one.
pub fn find(header: &[String], wanted: &str, option: &str) -> Result<usize, Error> {
    let exact = places(header, |h| h == wanted);
    let found = if exact.is_empty() {
        let wanted = normal(wanted);
        places(header, |h| normal(h) == wanted)
    } else {
        exact
    };
    match found[..] {
        [one] => Ok(one),
        [] => Err(Error::new(
            None,
            format!(
                "no column {}; name one with {option} (there are: {})",
                shown(wanted),
                list(header)
            ),
        )),
        [..] => Err(Error::new(
            None,
            format!("{} columns are called {}; rename all but one", found.len(), shown(wanted)),
        )),
    }
}

/// The column that holds the structures: `wanted`, or else the one whose name says so, ignoring case, blanks,
/// underscores and hyphens: `smiles`, `Canonical SMILES`, `isomeric_smiles`, `CXSMILES`; if there is none of these,
/// any that contains "smiles"; and then `structure`, `smi`, `mol`, `molecule`.
///
/// # Errors
/// If there is none, listing the columns, or several, listing these. `option` is what names one.
pub fn find_structure(
    header: &[String],
    wanted: Option<&str>,
    option: &str,
) -> Result<usize, Error> {
    if let Some(wanted) = wanted {
        return find(header, wanted, option);
    }
    let normal: Vec<String> = header.iter().map(|h| normal(h)).collect();
    for wanted in 0..NONE {
        let found = places(&normal, |h| rank(h) == wanted);
        match found[..] {
            [] => {}
            [one] => return Ok(one),
            [..] => {
                let names: Vec<String> = found.iter().map(|&i| header[i].clone()).collect();
                let message = format!(
                    "several columns may hold the structures: {}; name one with {option}",
                    list(&names)
                );
                return Err(Error::new(None, message));
            }
        }
    }
    let message = format!(
        "no column is called smiles, or by another name of structures; name one with {option} (there are: {})",
        list(header)
    );
    Err(Error::new(None, message))
}

fn places(header: &[String], is: impl Fn(&str) -> bool) -> Vec<usize> {
    (0..header.len()).filter(|&i| is(&header[i])).collect()
}

/// The first dozen names, for a message.
fn list(header: &[String]) -> String {
    let clipped = header.iter().take(12).map(|h| {
        let name: String = h.chars().take(40).collect();
        if name.len() < h.len() {
            plain(&format!("{name}…")).into_owned()
        } else {
            plain(h).into_owned()
        }
    });
    let mut list = clipped.collect::<Vec<_>>().join(", ");
    if header.len() > 12 {
        list.push_str(", …");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(header: &str, wanted: Option<&str>) -> Result<usize, String> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        find_structure(&header, wanted, "--smiles-column").map_err(|e| e.to_string())
    }

    #[test]
    fn structures_are_found_by_the_names_people_use() {
        for name in [
            "smiles",
            "SMILES",
            "Smiles",
            "canonical_smiles",
            "Canonical SMILES",
            "canonical-smiles",
            "ISOMERIC_SMILES",
            "structure",
            "Structure",
            "smi",
            "mol",
            "molecule",
            "CXSMILES",
            "Ligand SMILES",
            "SMILES (canonical)",
            "\u{a0}smiles ",
        ] {
            assert_eq!(found(&format!("id,{name},y"), None), Ok(1), "{name}");
        }
        assert_eq!(found("key,Structure,SMILES", None), Ok(2));
        assert_eq!(found("smiles,murcko_smiles", None), Ok(0));
        assert_eq!(found("smiles,Canonical SMILES", Some("canonical_smiles")), Ok(1));
        assert_eq!(found("SMILES,smiles", Some("smiles")), Ok(1));
    }

    #[test]
    fn what_is_ambiguous_or_missing_is_listed() {
        let several = found("id,smiles,Canonical SMILES", None).unwrap_err();
        assert!(
            several.contains("smiles, Canonical SMILES") && several.contains("--smiles-column"),
            "{several}"
        );
        assert!(found("structure,mol", None).unwrap_err().contains("structure, mol"));
        let none = found("id,name\u{1b}[2J,y", None).unwrap_err();
        assert!(
            none.contains("there are: id, name\\u{1b}[2J, y") && none.contains("--smiles-column"),
            "{none}"
        );
        assert!(found("smiles,smiles", Some("smiles")).unwrap_err().contains("2 columns"));
    }
}
