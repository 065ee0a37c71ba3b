//! Formats by their content.

use super::columns::{is_structure, normal};
use super::error::Error;
use super::smiles_lines::reads;
use super::{delimiter, foreign, is_blank};
use crate::chem::split_record;

/// A format of molecules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A SMILES a line.
    Smiles,
    /// A table of delimited text with a header.
    Delimited,
    /// Molblocks, one or more, with properties.
    Sdf,
    /// Docked poses.
    Pdbqt,
}

/// Lines that are tried as SMILES.
const TRIED: usize = 8;

/// The format of a text that begins with `head`; see [`Source::recognise`](super::Source::recognise).
pub fn recognise(
    head: &[u8],
    hint: Option<Format>,
    structure: Option<&str>,
) -> Result<Format, Error> {
    if head.starts_with(b"PAR1") {
        return Err(foreign::parquet());
    }
    if let Some(byte) = rubbish(head) {
        let message = format!(
            "this is no text: it holds bytes such as 0x{byte:02X}; expected SMILES, CSV, SDF or PDBQT"
        );
        return Err(Error::new(None, message));
    }
    let text = String::from_utf8_lossy(head);
    let text = text.replace("\r\n", "\n");
    let lines: Vec<&str> = text.split(['\n', '\r']).collect();
    foreign::refuse_text(&lines)?;
    if is_ctab(&lines) {
        return Ok(Format::Sdf);
    }
    if is_pdbqt(&lines, hint)? {
        return Ok(Format::Pdbqt);
    }
    let mut content = lines
        .iter()
        .map(|l| l.trim_matches(is_blank))
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    let Some(first) = content.clone().next() else { return Ok(hint.unwrap_or(Format::Smiles)) };
    let header = header(first, content.clone(), structure);
    match (hint, header) {
        (Some(Format::Delimited), _) => return Ok(Format::Delimited),
        // A header of a SMILES file, which its reader understands.
        (Some(Format::Smiles) | None, Some(Header::Words)) => return Ok(Format::Smiles),
        (Some(Format::Smiles), Some(Header::Fields { delimiter: b'\t', structure: 0 })) => {
            return Ok(Format::Smiles);
        }
        (_, Some(_)) => return Ok(Format::Delimited),
        (Some(Format::Smiles), None) => return Ok(Format::Smiles),
        (_, None) => {}
    }
    let smiles = |line: &str| {
        let word = split_record(line).0.trim_matches(['"', '\'']);
        let word = word.split(is_blank).next().unwrap_or_default();
        reads(word.split([',', ';']).next().unwrap_or_default())
    };
    if content.by_ref().take(TRIED).any(smiles) {
        return Ok(Format::Smiles);
    }
    match hint {
        Some(hint) => Ok(hint),
        None if [b',', b';', b'\t'].iter().any(|d| delimiter::fields(first, *d).len() > 1) => {
            Ok(Format::Delimited)
        }
        None => Err(Error::new(
            None,
            "cannot tell the format by name or content; give --input-format smi, csv, sdf, pdbqt or parquet",
        )),
    }
}

/// A first line that names the column of structures.
enum Header {
    /// Words between blanks, or a single one.
    Words,
    /// Fields between characters.
    Fields { delimiter: u8, structure: usize },
}

fn header<'a>(
    first: &'a str,
    lines: impl Iterator<Item = &'a str> + Clone,
    wanted: Option<&str>,
) -> Option<Header> {
    let named = |name: &str| match wanted {
        Some(wanted) => normal(name) == normal(wanted),
        None => is_structure(name),
    };
    let delimiter = delimiter::recognise(lines, wanted);
    let fields = delimiter::fields(first, delimiter);
    if fields.len() > 1 {
        let structure = fields.iter().position(|f| named(f))?;
        return Some(Header::Fields { delimiter, structure });
    }
    let mut words = first.split(is_blank).filter(|w| !w.is_empty());
    (named(first) || words.any(named)).then_some(Header::Words)
}

/// A byte that no text holds, where there are too many to be mishaps: fewer where they are not the only sign.
fn rubbish(head: &[u8]) -> Option<u8> {
    let head = &head[..head.len().min(4096)];
    let odd = |b: &&u8| matches!(**b, 0..=8 | 14..=31 | 127) && **b != 0x1a;
    let count = head.iter().filter(odd).count();
    let no_text =
        head.contains(&0) || String::from_utf8_lossy(head).matches('\u{fffd}').count() > 4;
    let bound = if no_text { 20 } else { 4 };
    (count * bound > head.len()).then(|| head.iter().find(odd).copied()).flatten()
}

/// Whether there is a molblock: its end, or a line of counts where that must be.
fn is_ctab(lines: &[&str]) -> bool {
    let counts = |line: &&&str| {
        let number = |s: Option<&str>| {
            s.is_some_and(|s| {
                s.trim().parse::<u16>().is_ok() && !s.starts_with(char::is_alphabetic)
            })
        };
        line.contains("V2000")
            || line.contains("V3000")
            || (line.len() >= 6
                && number(line.get(..3))
                && number(line.get(3..6))
                && line.bytes().all(|b| b == b' ' || b.is_ascii_digit()))
    };
    lines.get(3).as_ref().is_some_and(counts)
        || lines
            .iter()
            .any(|l| l.starts_with("$$$$") || l.starts_with("M  END") || l.starts_with("M  V30 "))
}

/// Whether these are poses; coordinates without what PDBQT has are PDB, an error.
fn is_pdbqt(lines: &[&str], hint: Option<Format>) -> Result<bool, Error> {
    let words = ["ROOT", "ENDROOT", "TORSDOF", "BEGIN_RES"];
    let starts = ["BRANCH ", "REMARK VINA RESULT", "REMARK SMILES", "REMARK  Name ="];
    if lines.iter().any(|l| {
        words.contains(&l.trim_end())
            || starts.iter().any(|s| l.starts_with(s))
            || l.starts_with("TORSDOF ")
    }) {
        return Ok(true);
    }
    let mut atoms = lines.iter().filter(|l| l.starts_with("ATOM  ") || l.starts_with("HETATM"));
    let Some(atom) = atoms.next() else { return Ok(false) };
    // A partial charge and an AutoDock type stand where PDB has a segment and an element.
    let charge =
        atom.get(70..76).is_some_and(|c| c.contains('.') && c.trim().parse::<f32>().is_ok());
    if hint == Some(Format::Pdbqt) || charge {
        return Ok(true);
    }
    Err(foreign::pdb())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOLBLOCK: &str = "ethanol\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n";

    #[test]
    fn formats_by_content() {
        use Format::*;
        let pose = "REMARK VINA RESULT:  -5.0  0.0  0.0\nROOT\n";
        for (text, hint, wanted) in [
            ("CCO ethanol\nC\n", None, Smiles),
            ("xx bad\nCCO good\n", None, Smiles),
            ("CCO,ethanol\n", None, Smiles),
            ("\"CCO\" a\n", None, Smiles),
            ("N[Pt] |C:0.0| a\n", None, Smiles),
            ("smiles name\nCCO a\n", None, Smiles),
            ("smiles\nCCO\n", None, Smiles),
            ("smiles\tname\nCCO\ta\n", None, Delimited),
            ("smiles\tname\nCCO\ta\n", Some(Smiles), Smiles),
            ("name\tsmiles\na\tCCO\n", Some(Smiles), Delimited),
            ("SMILES,ID\nCCO,a\n", Some(Smiles), Delimited),
            ("id;smiles;y\na;CCO;1,5\n", None, Delimited),
            ("a,b\n1,2\n", None, Delimited),
            ("CCO ethanol\n", Some(Delimited), Delimited),
            ("CCO ethanol\n", Some(Sdf), Smiles),
            ("id,smiles\na,CCO\n", Some(Sdf), Delimited),
            ("no molblock\n", Some(Sdf), Sdf),
            (MOLBLOCK, None, Sdf),
            (MOLBLOCK, Some(Smiles), Sdf),
            (MOLBLOCK, Some(Delimited), Sdf),
            ("x\n\n\n  3  2  0  0  0  0  0  0  0  0  1\n", None, Sdf),
            (pose, None, Pdbqt),
            (pose, Some(Delimited), Pdbqt),
            ("", None, Smiles),
            ("# nothing\n", Some(Delimited), Delimited),
        ] {
            let found = recognise(text.as_bytes(), hint, None);
            assert_eq!(found.unwrap(), wanted, "{text:?} {hint:?}");
            let found = recognise(text.replace('\n', "\r").as_bytes(), hint, None);
            assert_eq!(found.unwrap(), wanted, "{text:?} {hint:?}");
        }
        assert_eq!(recognise(b"a,strukt\n1,C\n", None, Some("Strukt")).unwrap(), Delimited);
    }

    #[test]
    fn formats_that_are_not_read_are_named() {
        for (text, needle) in [
            ("@<TRIPOS>MOLECULE\n", "MOL2"),
            ("# made by x\n@<TRIPOS>MOLECULE\n", "MOL2"),
            ("$RXN\n", "RXN"),
            ("$RDFILE 1\n", "RDF"),
            ("InChI=1S/CH4/h1H4\n", "InChI"),
            ("<?xml version=\"1.0\"?>\n<CDXML>\n", "CDXML"),
            ("<html>\n", "HTML"),
            ("{\"smiles\": \"C\"}\n", "JSON"),
            ("3\nwater\nO 0.0 0.0 0.0\n", "XYZ"),
            (
                "HEADER    x\nATOM      1  N   MET A   1      27.340  24.430   2.614  1.00  9.67           N\n",
                "PDB",
            ),
            ("data_x\nloop_\n_atom_site.id\n", "CIF"),
            (">sp|P1\nMKV\n", "FASTA"),
            ("PAR1\u{15}", "Parquet"),
            ("\0\u{1}\u{2}\u{3}", "no text"),
            ("xyzzy\n", "--input-format"),
        ] {
            let e = recognise(text.as_bytes(), None, None).unwrap_err().to_string();
            assert!(e.contains(needle), "{text:?}: {e}");
        }
    }
}
