//! Molblocks and SDF streams, beside what RDKit reads (`tests/oracle/molblock_golden.py`).

use chmr::chem::{
    BondOrder, ErrorKind, Limits, SdfReader, SdfRecord, parse_molblock, parse_smiles,
};
use chmr::features::{maccs, morgan};

const GOLDEN: &str = include_str!("golden/molblocks.sdf");

fn records(text: impl AsRef<[u8]>) -> Vec<SdfRecord> {
    SdfReader::new(text.as_ref(), Limits::default()).map(Result::unwrap).collect()
}

fn limits() -> Limits {
    Limits::default()
}

#[test]
fn golden_records() {
    let records = records(GOLDEN);
    assert!(records.len() > 400);
    let mut wrong = Vec::new();
    for r in &records {
        if let Err(e) = std::panic::catch_unwind(|| golden_record(r)) {
            let text = e.downcast_ref::<String>().cloned().unwrap_or_default();
            wrong.push(format!("{}: {text}", r.title));
        }
    }
    assert!(wrong.is_empty(), "{} records:\n{}", wrong.len(), wrong.join("\n"));
}

fn golden_record(r: &SdfRecord) {
    {
        let title = &r.title;
        if r.property("QUERY").is_some() {
            let error = r.molecule(&limits()).expect_err(title);
            assert_eq!(error.kind, ErrorKind::Unsupported, "{title}: {error}");
            return;
        }
        let mol = match (r.molecule(&limits()), r.property("REFUSED")) {
            (Err(_), Some(_)) => return,
            (Ok(mol), None) => mol,
            (Ok(_), Some(_)) => panic!("{title}: accepted, RDKit refuses it"),
            (Err(e), None) => panic!("{title}: {e}"),
        };
        assert_eq!(Some(morgan(&mol, 2, 1024).hex().as_str()), r.property("MORGAN"), "{title}");
        assert_eq!(Some(maccs(&mol).hex().as_str()), r.property("MACCS"), "{title}");
        // Stereo too: the same molecule as RDKit's SMILES of it. Bonds of no order have no SMILES.
        let smiles = r.property("SMILES").unwrap();
        if mol.has_weak_bonds() {
            assert_eq!(mol.to_smiles(), None, "{title}");
        } else if mol.to_smiles().as_deref() != Some(smiles) {
            // A hydrogen that stays an atom in a molblock, beside a placeholder say, is folded when its SMILES is read: what
            // would not be read as the same molecule is not written.
            let drawn = mol.atoms().iter().any(|a| a.atomic_number == 1);
            if !(drawn && mol.to_smiles().is_none()) {
                let same = parse_smiles(smiles, &limits()).unwrap();
                assert_eq!(mol.to_smiles(), same.to_smiles(), "{title}: RDKit reads {smiles}");
            }
        }
        let conformer = mol.conformer().unwrap();
        assert_eq!(conformer.positions.len(), mol.atoms().len());
        assert_eq!(conformer.is_3d, r.property("IS3D") == Some("1"), "{title}");
    }
}

fn ethanol() -> String {
    "ethanol\n\n\n  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.2990    0.7500    0.0000 C   0  0
    2.5981    0.0000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
"
    .to_owned()
}

#[test]
fn atoms_bonds_and_coordinates_in_the_order_of_the_file() {
    let mol = parse_molblock(&ethanol(), &limits()).unwrap();
    let z: Vec<u8> = mol.atoms().iter().map(|a| a.atomic_number).collect();
    assert_eq!(z, [6, 6, 8]);
    assert!(mol.bonds().iter().all(|b| b.order == BondOrder::Single));
    let conformer = mol.conformer().unwrap();
    assert_eq!(conformer.positions[2], [2.5981, 0.0, 0.0]);
    assert!(!conformer.is_3d);
    assert!(parse_smiles("CCO", &limits()).unwrap().conformer().is_none());
}

#[test]
fn errors_say_kind_line_and_what_was_expected() {
    let e = ethanol();
    for (text, kind, line, needle) in [
        (String::new(), ErrorKind::Empty, Some(1), "empty"),
        ("a\nb\nc\n".into(), ErrorKind::Syntax, Some(4), "counts line"),
        (e.replace("V2000", "V4000"), ErrorKind::Syntax, Some(4), "V2000 or V3000"),
        (e.replace("  3  2", "  x  2"), ErrorKind::Syntax, Some(4), "number of atoms"),
        (e.replace("  3  2", "  4  2"), ErrorKind::Syntax, Some(8), "symbol"),
        (e.replace("  3  2", "  3  9"), ErrorKind::Syntax, Some(10), "atom number"),
        (e.replace("1.2990", "1.x990"), ErrorKind::Syntax, Some(6), "coordinate"),
        (e.replace("1.2990", "   inf"), ErrorKind::Syntax, Some(6), "coordinate"),
        (e.replace("    1.2990", "9999999.99"), ErrorKind::Syntax, None, "atom 2"),
        (e.replace(" O ", " Qq"), ErrorKind::Element, Some(7), "Qq"),
        (e.replace("  2  3  1", "  2  3  8"), ErrorKind::Unsupported, Some(9), "query"),
        (e.replace("  2  3  1", "  2  3 12"), ErrorKind::Unsupported, Some(9), "dative"),
        (e.replace("  2  3  1", "  2  4  1"), ErrorKind::Syntax, Some(9), "1 to 3"),
        (e.replace("  2  3  1", "  2  2  1"), ErrorKind::Syntax, Some(9), "itself"),
        (e.replace("  2  3  1", "  2  1  1"), ErrorKind::Syntax, Some(9), "second bond"),
        (e.replace("  2  3  1", "  2  3  3"), ErrorKind::Valence, None, "O"),
        (e.replace("M  END\n", ""), ErrorKind::Syntax, Some(10), "M  END"),
        (e.replace("M  END", "M  CHG  2   1   1\nM  END"), ErrorKind::Syntax, Some(10), "entries"),
        (e.replace("M  END", "M  ALS   1  1 F C\nM  END"), ErrorKind::Syntax, Some(10), "columns"),
        (e.replace("  2  3  1", "  2  3  5"), ErrorKind::Unsupported, Some(9), "query"),
        (e.replace(" O   0  0", " O   0  0  0  3"), ErrorKind::Unsupported, Some(7), "query"),
        (e.replace(" C   0  0\n    1.2", " C\n    1.2"), ErrorKind::Syntax, Some(5), "columns"),
        (e.replace("  3  2", "  0  0"), ErrorKind::Empty, None, "no atoms"),
    ] {
        let error = parse_molblock(&text, &limits()).expect_err(needle);
        assert_eq!((error.kind, error.position), (kind, line), "{error}");
        assert!(error.message.contains(needle), "{error}");
    }
}

#[test]
fn crlf_reads_the_same() {
    let crlf = GOLDEN.replace('\n', "\r\n");
    let (a, b) = (records(GOLDEN), records(crlf));
    assert_eq!(a, b);
}

/// Files of old Macintosh programs, however the stream hands out its bytes.
#[test]
fn carriage_returns_alone_read_the_same() {
    let text = format!("{GOLDEN}{}> <a>\nb\nc\n\n$$$$\n", ethanol());
    let alone = text.replace('\n', "\r");
    for room in [1, 7, 100, 4096, 1 << 20] {
        let stream = std::io::BufReader::with_capacity(room, alone.as_bytes());
        let read: Vec<SdfRecord> = SdfReader::new(stream, limits()).map(Result::unwrap).collect();
        assert_eq!(read, records(&text), "{room}");
    }
    // One in a title ends no line where others end otherwise.
    let r = records(format!("{}$$$$\n", ethanol().replacen("ethanol", "eth\ranol", 1)));
    assert!(r.len() == 1 && r[0].molecule(&limits()).is_ok(), "{r:?}");
}

#[test]
fn a_stream_survives_what_is_in_it() {
    let good = ethanol();
    let text = format!(
        "{good}>  <NAME>  (7)\nfirst\nsecond line\n\n> <EMPTY>\n\n> <B> \n x \n\n$$$$\n\
         nonsense\n$$$$\n\
         $$$$\n\
         {good}$$$$ with a comment\n\
         {}> <kept>\nyes\n$$$$\n\
         {good}",
        good.replace("M  END\n", "")
    );
    let r = records(&text);
    let accepted: Vec<bool> = r.iter().map(|r| r.molecule(&limits()).is_ok()).collect();
    assert_eq!(accepted, [true, false, false, true, false, true]);
    assert_eq!(r[0].title, "ethanol");
    let properties = [("NAME", "first\nsecond line"), ("EMPTY", ""), ("B", " x ")];
    assert_eq!(r[0].properties, properties.map(|(n, v)| (n.to_owned(), v.to_owned())));
    assert_eq!(r[4].property("kept"), Some("yes"));
    let lines: Vec<usize> = r.iter().map(|r| r.line).collect();
    assert_eq!(lines, [1, 21, 23, 24, 35, 47]);
    assert_eq!(r.iter().map(|r| r.index).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn bytes_that_are_no_utf8() {
    let mut text = b"caf\xe9\n".to_vec();
    text.extend(ethanol().strip_prefix("ethanol\n").unwrap().as_bytes());
    text.extend(b"> <unit>\n\xb5M\n\n$$$$\n");
    let r = records(text);
    assert_eq!(r[0].title, "caf\u{fffd}");
    assert_eq!(r[0].property("unit"), Some("\u{fffd}M"));
    assert!(r[0].molecule(&limits()).is_ok());
}

#[test]
fn records_beyond_the_limits_are_passed_over() {
    let small = Limits { bytes: 1000, ..Limits::default() };
    let long = "x".repeat(5000);
    let many = "> <a>\n\n".repeat(1000);
    let good = ethanol();
    let text = format!(
        "{good}$$$$\n{long}\n{good}$$$$\n{good}> <p>\n{long}\n\n$$$$\n{good}{many}$$$$\n\
         {}{good}$$$$\n{good}$$$$\n",
        "short\n".repeat(500)
    );
    let r: Vec<SdfRecord> = SdfReader::new(text.as_bytes(), small).map(Result::unwrap).collect();
    let refused: Vec<_> = r.iter().map(|r| r.molblock.as_ref().err().map(|e| e.kind)).collect();
    let limit = Some(ErrorKind::Limit);
    assert_eq!(refused, [None, limit, limit, limit, limit, None]);
}

#[test]
fn v3000_numbers_continuations_and_blocks() {
    let text = "\n\n\n  0  0  0     0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 3 2 1 0 0 REGNO=7
M  V30 BEGIN ATOM
M  V30 20 C 0 0 0 0
M  V30 7 \"N\" 1.2 0 -
M  V30 0 0 CHG=1
M  V30 30 C 2 0 0 0 MASS=13 ATTCHORD=(4 7 Al 20 Br)
M  V30 END ATOM
M  V30 BEGIN BOND
M  V30 1 1 20 7
M  V30 2 1 30 7 CFG=0
M  V30 END BOND
M  V30 BEGIN SGROUP
M  V30 1 SUP 1 ATOMS=(1 20) LABEL=\"M  V30\"
M  V30 END SGROUP
M  V30 END CTAB
M  END
";
    let mol = parse_molblock(text, &limits()).unwrap();
    assert_eq!(mol.to_smiles(), parse_smiles("C[NH2+][13CH3]", &limits()).unwrap().to_smiles());
    for (from, to, line, needle) in [
        ("COUNTS 3", "COUNTS 2", 11, "END ATOM"),
        ("COUNTS 3", "COUNTS -3", 6, "no count"),
        ("M  V30 30 C", "M  V30 20 C", 11, "second atom"),
        ("1 1 20 7", "1 1 20 8", 14, "index 8"),
        ("CHG=1", "CHG=z", 9, "CHG"),
        ("30 C 2", "30 [C,Nn] 2", 11, "no element"),
        ("BEGIN ATOM", "BEGIN ATM", 7, "BEGIN ATOM"),
    ] {
        let e = parse_molblock(&text.replacen(from, to, 1), &limits()).expect_err(to);
        assert_eq!(e.position, Some(line), "{e}");
        assert!(e.message.contains(needle), "{e}");
    }
}

#[test]
fn a_molblock_is_one_molecule() {
    let block = "methane\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n";
    let newer = "methane\n\n\n  0  0  0  0  0  0  0  0  0  0999 V3000\nM  V30 BEGIN CTAB\nM  V30 COUNTS 1 0 0 0 0\n\
                 M  V30 BEGIN ATOM\nM  V30 1 C 0 0 0 0\nM  V30 END ATOM\nM  V30 END CTAB\nM  END\n";
    for block in [block, newer] {
        for good in [
            "",
            "\n\n",
            "$$$$\n",
            "> <a>\n1\n2\n\n> <b>\n\n$$$$\n\n",
            ">  <a> (1)\nx\n$$$$\n",
            "\n> <a>\n1\n",
        ] {
            let read = parse_molblock(&format!("{block}{good}"), &Limits::default());
            assert!(read.is_ok(), "{good:?}: {}", read.unwrap_err());
        }
        let second =
            [block.to_owned(), format!("$$$$\n{block}"), format!("> <a>\n1\n\n$$$$\n{block}")];
        for bad in second.iter().map(String::as_str).chain([
            "text\n",
            "$$$$\n$$$$\n",
            "> <a>\n1\n\ntext\n",
        ]) {
            let e = parse_molblock(&format!("{block}{bad}"), &Limits::default()).unwrap_err();
            assert_eq!(e.kind, ErrorKind::Syntax, "{bad:?}");
            assert!(e.message.contains("SD file"), "{e}");
        }
    }
}
