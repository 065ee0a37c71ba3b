//! Text made to hurt: no panic, no unbounded work, whatever comes in. Each runs on a test thread's
//! stack of 2 MiB, less than any worker of the library has.

use chmr::chem::{
    ErrorKind, Limits, Molecule, PdbqtReader, SdfReader, parse_molblock, parse_smiles,
};
use chmr::features::{StructureLayout, graph, maccs, morgan};
use proptest::prelude::*;
use std::io::{self, BufRead, Read};

const GOLDEN: &str = include_str!("golden/molblocks.sdf");
const VINA: &str = include_str!("golden/vina.pdbqt");

fn smiles(text: &str) -> Result<Molecule, chmr::chem::Error> {
    parse_smiles(text, &Limits::default())
}

/// Everything that is computed from a molecule.
fn use_up(mol: &Molecule) {
    let _ = mol.rings();
    let _ = mol.to_smiles();
    let _ = graph(mol);
    maccs(mol);
    morgan(mol, 2, 1024);
    let mut out = vec![0.0; chmr::features::descriptors::DESCRIPTORS.len()];
    chmr::features::descriptors::descriptors(mol, &mut out);
    let _ = StructureLayout::default();
}

fn refused(text: &str, kind: ErrorKind) {
    let e = smiles(text).expect_err("is refused");
    assert_eq!(e.kind, kind, "{e}");
    assert!(e.message.len() < 500, "the message does not repeat the input");
}

#[test]
fn long_smiles() {
    refused(&"C".repeat(10 << 20), ErrorKind::Limit);
    refused(&"C".repeat(1 << 20), ErrorKind::Limit);
    for unit in
        ["C", "c", "[C]", "C.", "C=", "=", "-", ".", "%", "0", "1", "C1", "/", "@", ">", "*"]
    {
        let text = unit.repeat((1 << 20) / unit.len());
        assert!(smiles(&text).is_err(), "{unit}…");
    }
}

#[test]
fn deep_nesting() {
    for (open, close) in [("C(", ")"), ("(", ")"), ("[", "]"), ("[C", ""), ("C(C", "")] {
        let text = format!("{}C{}", open.repeat(100_000), close.repeat(100_000));
        assert!(smiles(&text).is_err(), "{open}…");
    }
    refused(&format!("{}C{}", "C(".repeat(100_000), ")".repeat(100_000)), ErrorKind::Limit);
    let depth = Limits::default().depth;
    let deepest = format!("{}C{}", "C(".repeat(depth), ")C".repeat(depth));
    use_up(&smiles(&deepest).unwrap());
}

#[test]
fn numbers_beyond_reason() {
    for text in [
        "C%99999999999999999999C",
        "C%(99999999999999999999)CC%(99999999999999999999)",
        "[99999999999999999999C]",
        "[C+99999999999999999999]",
        "[C-99999999999999999999]",
        "[C++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++]",
        "[CH99999999999999999999]",
        "[C:99999999999999999999]",
        "[C@TH99999999999999999999]",
        "[#99999999999999999999]",
        "[C@OH999](F)(F)(F)(F)(F)F",
    ] {
        if let Ok(mol) = smiles(text) {
            use_up(&mol);
        }
    }
}

#[test]
fn odd_bytes() {
    for text in
        ["\0", "C\0C", "C\u{7f}C", "C\u{301}", "🧪", "C\nC", "C C", "C\tname", "\u{feff}CCO"]
    {
        refused(text, ErrorKind::Syntax);
    }
}

#[test]
fn the_largest_of_each_kind_are_worked_through() {
    let limits = Limits::default();
    use_up(&smiles(&"C".repeat(limits.atoms)).unwrap());
    use_up(&smiles(&vec!["C"; limits.atoms].join(".")).unwrap());
    use_up(&smiles(&"[C@@H](F)".repeat(limits.atoms / 2)).unwrap());
    // A ladder of as many four-rings as are allowed.
    let rails = limits.rings + 1;
    let mut bonds: Vec<(usize, usize)> = (0..rails).map(|i| (2 * i, 2 * i + 1)).collect();
    bonds.extend((0..2 * rails - 2).map(|i| (i, i + 2)));
    use_up(&parse_molblock(&v3000(2 * rails, &bonds), &limits).unwrap());
    // One more is refused before any ring is looked for.
    bonds.push((0, 2 * rails - 1));
    let e = parse_molblock(&v3000(2 * rails, &bonds), &limits).unwrap_err();
    assert_eq!(e.kind, ErrorKind::Limit, "{e}");
    // So is a hub.
    let hub: Vec<_> = (1..100).map(|i| (0, i)).collect();
    let e = parse_molblock(&v3000(100, &hub), &limits).unwrap_err();
    assert!(e.kind == ErrorKind::Limit && e.message.contains("neighbours"), "{e}");
}

fn v3000(atoms: usize, bonds: &[(usize, usize)]) -> String {
    let mut text = format!(
        "\n\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\n\
         M  V30 COUNTS {atoms} {} 0 0 0\nM  V30 BEGIN ATOM\n",
        bonds.len()
    );
    for i in 1..=atoms {
        text += &format!("M  V30 {i} * {i} 0 0 0\n");
    }
    text += "M  V30 END ATOM\nM  V30 BEGIN BOND\n";
    for (i, (a, b)) in bonds.iter().enumerate() {
        text += &format!("M  V30 {} 1 {} {}\n", i + 1, a + 1, b + 1);
    }
    text + "M  V30 END BOND\nM  V30 END CTAB\nM  END\n"
}

#[test]
fn counts_that_promise_too_much() {
    for counts in [
        "999999999  0  0  0  0  0  0  0  0999 V2000",
        "999999  0  0  0  0  0  0  0  0  0999 V2000",
        " -1 -1  0  0  0  0  0  0  0  0999 V2000",
        "  1999  0  0  0  0  0  0  0  0999 V2000",
    ] {
        let text = format!("\n\n\n{counts}\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n");
        assert!(parse_molblock(&text, &Limits::default()).is_err(), "{counts}");
    }
    for counts in ["999999999 999999999", "99999999999999999999 0", "-1 -1", "1 1000000000", ""] {
        let text = v3000(1, &[]).replace("COUNTS 1 0", &format!("COUNTS {counts}"));
        assert!(parse_molblock(&text, &Limits::default()).is_err(), "{counts}");
    }
    let entries = "\n\n\n  1  0  0     0  0            999 V2000\n    0.0000    0.0000    0.0000 C   0  0\n\
                   M  CHG999   1   1\nM  END\n";
    assert!(parse_molblock(entries, &Limits::default()).is_err());
}

#[test]
fn continued_lines_without_end() {
    let text = v3000(1, &[]).replace("COUNTS", &"-\nM  V30 ".repeat(50_000));
    assert!(parse_molblock(&text, &Limits::default()).is_err());
}

/// A stream of `left` equal bytes.
struct Flood {
    byte: [u8; 1024],
    left: u64,
}

impl Read for Flood {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let n = to.len().min(self.fill_buf()?.len());
        to[..n].fill(self.byte[0]);
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Flood {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let n = self.left.min(1024) as usize;
        Ok(&self.byte[..n])
    }

    fn consume(&mut self, n: usize) {
        self.left -= n as u64;
    }
}

#[test]
fn a_flood_without_line_ends_is_one_refused_record() {
    for byte in [b'x', b'\n', b'>', 0] {
        let flood = Flood { byte: [byte; 1024], left: 1 << 25 };
        let records: Vec<_> =
            SdfReader::new(flood, Limits::default()).map(Result::unwrap).collect();
        match byte {
            b'\n' => assert!(records.is_empty()),
            _ => {
                assert_eq!(records.len(), 1);
                assert!(records[0].molblock.as_ref().is_err_and(|e| e.kind == ErrorKind::Limit));
                assert!(records[0].title.len() <= 1 << 20);
            }
        }
    }
}

/// The golden records, one of which a mutation starts from.
fn blocks() -> Vec<&'static str> {
    GOLDEN.split("$$$$\n").filter(|b| !b.is_empty()).collect()
}

/// A change of a text.
#[derive(Clone, Debug)]
enum Edit {
    Cut(usize),
    Replace(usize, u8),
    Insert(usize, String),
    Delete(usize, usize),
    DoubleLine(usize),
    DropLine(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0..20_000usize;
    let piece = prop_oneof![
        "[ -~]{1,12}",
        "[0-9]{1,20}",
        Just("999999999".to_owned()),
        Just("-2147483649".to_owned()),
        Just("1e999".to_owned()),
        Just("\0\n\r".to_owned()),
        Just("µ🧪".to_owned()),
        Just("M  END\n".to_owned()),
        Just("M  CHG  8".to_owned()),
    ];
    prop_oneof![
        at.clone().prop_map(Edit::Cut),
        (at.clone(), any::<u8>()).prop_map(|(i, b)| Edit::Replace(i, b)),
        (at.clone(), piece).prop_map(|(i, s)| Edit::Insert(i, s)),
        (at.clone(), 1..80usize).prop_map(|(i, n)| Edit::Delete(i, n)),
        at.clone().prop_map(Edit::DoubleLine),
        at.prop_map(Edit::DropLine),
    ]
}

fn apply(text: &str, edits: &[Edit]) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    for edit in edits {
        if out.is_empty() {
            break;
        }
        let n = out.len();
        match edit {
            Edit::Cut(i) => out.truncate(i % n),
            Edit::Replace(i, b) => out[i % n] = *b,
            Edit::Insert(i, s) => {
                let i = i % n;
                out.splice(i..i, s.bytes());
            }
            Edit::Delete(i, k) => {
                let i = i % n;
                out.drain(i..(i + k).min(n));
            }
            Edit::DoubleLine(i) | Edit::DropLine(i) => {
                let i = i % n;
                let start = out[..i].iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
                let end = out[i..].iter().position(|&b| b == b'\n').map_or(n, |p| i + p + 1);
                let line = out[start..end].to_vec();
                let insert = if matches!(edit, Edit::DoubleLine(_)) { line } else { Vec::new() };
                let end = if insert.is_empty() { end } else { start };
                out.splice(start..end, insert);
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn mutated_molblocks(which in any::<prop::sample::Index>(), edits in prop::collection::vec(edit(), 1..6)) {
        let bytes = apply(blocks()[which.index(blocks().len())], &edits);
        if let Ok(mol) = parse_molblock(&String::from_utf8_lossy(&bytes), &Limits::default()) {
            use_up(&mol);
        }
        for record in SdfReader::new(bytes.as_slice(), Limits::default()) {
            let _ = record.unwrap().molecule(&Limits::default());
        }
    }

    #[test]
    fn mutated_pdbqt(remarks in any::<bool>(), edits in prop::collection::vec(edit(), 1..6)) {
        let smiles = "CC(C)Cc1ccc(cc1)C(C)C(=O)O";
        let text = format!("REMARK SMILES {smiles}\nREMARK SMILES IDX 1 1 2 2 3 3 4 4\n{VINA}");
        let bytes = apply(&text, &edits);
        let templates = if remarks { &[][..] } else { &[smiles] };
        for mol in PdbqtReader::new(&String::from_utf8_lossy(&bytes), templates, Limits::default()).flat_map(|p| p.molecule) {
            use_up(&mol);
        }
    }

    #[test]
    fn mutated_smiles(which in any::<prop::sample::Index>(), edits in prop::collection::vec(edit(), 1..6)) {
        let valid: Vec<&str> = GOLDEN.split("<SMILES>\n").skip(1).filter_map(|t| t.lines().next()).collect();
        let bytes = apply(valid[which.index(valid.len())], &edits);
        if let Ok(mol) = smiles(&String::from_utf8_lossy(&bytes)) {
            use_up(&mol);
        }
    }

    #[test]
    fn any_text_at_all(text in "\\PC{0,60}", ascii in "[A-Za-z0-9@+\\-\\[\\]()=#$:/\\\\.%*]{0,40}") {
        for text in [text, ascii] {
            if let Ok(mol) = smiles(&text) {
                use_up(&mol);
            }
            let _ = parse_molblock(&text, &Limits::default());
            let _ = PdbqtReader::new(&text, &["CCO"], Limits::default()).count();
        }
    }
}
