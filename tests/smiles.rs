//! What a SMILES and its extension mean, and what is none.

use chmr::chem::{BondOrder, ErrorKind, Limits, Molecule, parse_smiles};
use chmr::features::morgan;

/// Made by `tests/oracle/golden_smiles.py`.
const GOLDEN: &str = include_str!("golden/smiles.tsv");

fn parse(text: &str) -> Result<Molecule, chmr::chem::Error> {
    parse_smiles(text, &Limits::default())
}

#[test]
fn texts_at_the_edges_of_the_grammar_mean_what_rdkit_says() {
    let mut wrong = Vec::new();
    for line in GOLDEN.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let text = fields[0];
        match (parse(text), &fields[1..]) {
            (Err(_), ["!"]) => {}
            (Ok(_), ["!"]) => wrong.push(format!("{text} is read, RDKit refuses it")),
            (Ok(mol), [canonical, fingerprint]) => {
                if mol.to_smiles().as_deref() != Some(canonical) {
                    wrong.push(format!("{text} is {:?}, RDKit's {canonical}", mol.to_smiles()));
                } else if morgan(&mol, 2, 1024).hex() != *fingerprint {
                    wrong.push(format!("{text} has another fingerprint than RDKit's"));
                }
            }
            (Err(e), _) => wrong.push(format!("{text} is refused: {e}")),
            _ => panic!("a malformed line: {line}"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_modelled_is_refused_with_the_reason() {
    for (text, words) in [
        ("C~C", "'~'"),
        ("N[Pt] |Z:0.0|", "zero-order"),
        ("N[Pt] |H:0.0|", "hydrogen bonds"),
        ("CCO |u:0|", "query"),
        ("CCO |s:0:1|", "query"),
        ("CCO |rb:0:*|", "query"),
        ("*C |$Q_e;$|", "query"),
        ("CC(O)F |wU:1.0|", "wedges"),
        ("CC(O)F |(0,0,0;1,0,1;2,0,3;1,5,1)|", "space"),
        ("C/C=C/C |ctu:1|", "directions"),
        ("C/C=C/C |w:1.0|", "directions"),
        ("C/C=C/C |c:1|", "directions"),
        ("*C |RG:_R1={C},{N}|", "R groups"),
    ] {
        let e = parse(text).expect_err(text);
        assert_eq!(e.kind, ErrorKind::Unsupported, "{text}: {e}");
        assert!(e.message.contains(words), "{text}: {e}");
    }
}

/// RDKit passes over these; read so, part of what they say would be lost without a word.
#[test]
fn an_extension_is_never_read_by_halves() {
    for text in [
        "N[Pt] |C:0.1|",
        "N[Pt] |C:5.0|",
        "CC |^1:5|",
        "CCO |xyz|",
        "CCO |C:0.0;r|",
        "CCO |C:0.0r|",
        "CCO |(0,0,;1,0,)|",
        "CCO |(a,b,;0,0,;1,0,)|",
        "CCO |C:0.0| name",
        "CCO |C:0.0|name",
        "CCO |C:0.0",
    ] {
        let e = parse(text).expect_err(text);
        assert_eq!(e.kind, ErrorKind::Syntax, "{text}: {e}");
        assert!(e.position.is_some_and(|p| p <= text.len()), "{text}: {e}");
    }
}

#[test]
fn coordinates_of_an_extension_are_kept() {
    let mol = parse("CCO |(0,0,;1.5,0,;2,1.25,)|").unwrap();
    let conformer = mol.conformer().unwrap();
    assert!(!conformer.is_3d);
    assert_eq!(conformer.positions, [[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [2.0, 1.25, 0.0]]);
    assert_eq!(parse("N[Pt] |C:0.0|").unwrap().bonds()[0].order, BondOrder::Dative);
}

#[test]
fn errors_name_the_place() {
    for (text, at) in [
        ("CC(=)C", 4),
        ("C()C", 2),
        ("CC(C", 2),
        ("CC)C", 2),
        ("C1CC", 1),
        ("CC11", 3),
        ("C12CC12", 6),
        ("C%1C", 1),
        ("CC.", 3),
        ("C..C", 2),
        ("C=(O)", 2),
        ("C@C", 1),
        ("C[N+", 4),
        ("C[Xx]", 2),
        ("CN[C@TB21]", 4),
    ] {
        let e = parse(text).expect_err(text);
        assert_eq!(e.position, Some(at), "{text}: {e}");
    }
}

/// Rings are looked for in what keeps the limits alone: the text below took seconds when they were looked for first.
#[test]
fn limits_act_before_rings_are_looked_for() {
    let unit = "p8ccc(cc1)C(C)BC(=O)OcC(C)Cc";
    let text = format!("c{}C", unit.repeat(250));
    let e = parse(&text).expect_err("has too many rings or atoms");
    assert_eq!(e.kind, ErrorKind::Limit, "{e}");
    let e = parse(&"C1CC1".repeat(Limits::default().rings + 1)).expect_err("has too many rings");
    assert_eq!(e.kind, ErrorKind::Limit, "{e}");
    let limits = Limits { bonds: 3, ..Limits::default() };
    let e = parse_smiles("CCCCC", &limits).expect_err("has too many bonds");
    assert_eq!((e.kind, e.position.is_some()), (ErrorKind::Limit, true), "{e}");
}

/// A halogen's bracket cannot say that it has two unpaired electrons.
#[test]
fn radicals_that_no_bracket_says_are_refused() {
    let e = parse("I |^3:0|").expect_err("is refused");
    assert_eq!(e.kind, ErrorKind::Valence, "{e}");
}
