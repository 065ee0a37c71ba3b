//! The command line reads tables and SMILES files as people have them: encodings, delimiters, names of columns, pipes.

#[path = "support/plain.rs"]
mod plain;
#[path = "support/program.rs"]
mod program;
mod support;

use flate2::Compression;
use flate2::write::GzEncoder;
use program::{chmr, text};
use std::io::Write;
use std::process::Output;

/// Id, SMILES and status of every row.
fn rows(out: &Output) -> Vec<(String, String, String)> {
    assert!(out.status.success(), "{}", text(&out.stderr));
    csv::Reader::from_reader(out.stdout.as_slice())
        .records()
        .map(|r| r.unwrap().iter().take(3).map(str::to_owned).collect::<Vec<_>>())
        .map(|r| (r[0].clone(), r[1].clone(), r[2].clone()))
        .collect()
}

/// Reads a file of this name and content.
fn read(name: &str, content: &[u8], more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), content).unwrap();
    chmr(&folder, &[&["fingerprint", name, "--kind", "maccs"], more].concat(), b"")
}

/// Reads the same from a pipe.
fn piped(content: &[u8], more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    chmr(&folder, &[&["fingerprint", "-", "--kind", "maccs"], more].concat(), content)
}

fn refused(out: &Output, needles: &[&str]) {
    let told = text(&out.stderr);
    assert_eq!(out.status.code(), Some(1), "{told}");
    assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
    for needle in needles {
        assert!(told.contains(needle), "{needle}: {told}");
    }
}

fn gz(content: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Three molecules, all read, with these ids.
fn three(out: &Output, ids: [&str; 3]) {
    let rows = rows(out);
    let got: Vec<_> = rows.iter().map(|r| (r.0.as_str(), r.1.as_str(), r.2.as_str())).collect();
    let smiles = ["CCO", "c1ccccc1", "CC(=O)O"];
    let wanted: Vec<_> = (0..3).map(|i| (ids[i], smiles[i], "ok")).collect();
    assert_eq!(got, wanted);
}

const SMI: &str = "CCO a\nc1ccccc1 b\nCC(=O)O c\n";
const CSV: &str = "id,smiles,y\na,CCO,1\nb,c1ccccc1,2\nc,CC(=O)O,3\n";

#[test]
fn marks_line_ends_and_packing_cost_no_molecule() {
    for text in [
        SMI.to_owned(),
        SMI.replace('\n', "\r"),
        SMI.replace('\n', "\r\n"),
        format!("\u{feff}{SMI}"),
    ] {
        for name in ["a.smi", "a.txt", "a", "a.smi.gz"] {
            three(&read(name, text.as_bytes(), &[]), ["a", "b", "c"]);
        }
        three(&read("a.smi.gz", &gz(text.as_bytes()), &[]), ["a", "b", "c"]);
        three(&read("a.smi", &gz(text.as_bytes()), &[]), ["a", "b", "c"]);
        three(&piped(text.as_bytes(), &[]), ["a", "b", "c"]);
    }
    three(&read("a.smi", &utf16(SMI), &[]), ["a", "b", "c"]);
    for text in [
        CSV.to_owned(),
        CSV.replace('\n', "\r"),
        CSV.replace('\n', "\r\n"),
        format!("\u{feff}{CSV}"),
    ] {
        for name in ["a.csv", "a.tsv", "a.txt", "a.smi"] {
            let named = &["--id-column", "id"];
            three(&read(name, text.as_bytes(), named), ["a", "b", "c"]);
            three(&read(name, &gz(text.as_bytes()), named), ["a", "b", "c"]);
        }
        three(&read("a.csv", text.as_bytes(), &[]), ["1", "2", "3"]);
    }
    three(&read("a.csv", &utf16(CSV), &["--id-column", "ID"]), ["a", "b", "c"]);
}

#[test]
fn delimiters_are_recognised() {
    for (delimiter, name) in
        [(",", "a.tsv"), (";", "a.csv"), ("\t", "a.csv"), ("\t", "a.txt"), ("|", "a.csv")]
    {
        let text = CSV.replace(',', delimiter);
        three(&read(name, text.as_bytes(), &["--id-column", "id"]), ["a", "b", "c"]);
        three(&piped(text.as_bytes(), &["--id-column", "id"]), ["a", "b", "c"]);
    }
    let decimal = "id;smiles;y\na;CCO;1,5\nb;c1ccccc1;2,5\nc;CC(=O)O;3,5\n";
    three(&read("a.csv", decimal.as_bytes(), &["--id-column", "id"]), ["a", "b", "c"]);
    let odd = CSV.replace(',', "~");
    three(
        &read("a.csv", odd.as_bytes(), &["--id-column", "id", "--delimiter", "~"]),
        ["a", "b", "c"],
    );
    let tabs = CSV.replace(',', "\t");
    three(
        &read("a.csv", tabs.as_bytes(), &["--id-column", "id", "--delimiter", "tab"]),
        ["a", "b", "c"],
    );
    three(&read("a.smi", b"CCO,a\nc1ccccc1,b\nCC(=O)O,c\n", &[]), ["a", "b", "c"]);
    assert_eq!(read("a.csv", b"", &["--delimiter", "ab"]).status.code(), Some(2));
}

#[test]
fn the_column_of_structures_is_found() {
    for name in
        ["SMILES", "Canonical SMILES", "canonical_smiles", "structure", "smi", "mol", "CXSMILES"]
    {
        let text = CSV.replace("smiles", name);
        three(&read("a.csv", text.as_bytes(), &["--id-column", "id"]), ["a", "b", "c"]);
        three(&piped(text.as_bytes(), &["--id-column", "id"]), ["a", "b", "c"]);
    }
    let text = CSV.replace("smiles", "strukt");
    three(
        &piped(text.as_bytes(), &["--smiles-column", "Strukt", "--id-column", "id"]),
        ["a", "b", "c"],
    );
    refused(&read("a.csv", text.as_bytes(), &[]), &["a.csv", "id, strukt, y", "--smiles-column"]);
    let text = CSV.replace(",y", ",Canonical SMILES");
    refused(&read("a.csv", text.as_bytes(), &[]), &["smiles, Canonical SMILES", "--smiles-column"]);
}

#[test]
fn smiles_files_with_headers_hard_blanks_and_quotes() {
    for header in ["SMILES\tName", "smiles name", "structure", "# comment"] {
        three(&read("a.smi", format!("{header}\n{SMI}").as_bytes(), &[]), ["a", "b", "c"]);
    }
    let table = "SMILES,ID\nCCO,a\nc1ccccc1,b\nCC(=O)O,c\n";
    three(&read("a.smi", table.as_bytes(), &[]), ["a", "b", "c"]);
    let table = "ID\tSMILES\na\tCCO\nb\tc1ccccc1\nc\tCC(=O)O\n";
    three(&read("a.smi", table.as_bytes(), &[]), ["a", "b", "c"]);
    let text = "CCO\u{a0}a\nc1ccccc1\u{200b} b\nCC(=O)O c\n";
    three(&read("a.smi", text.as_bytes(), &[]), ["a", "b", "c"]);
    let text = "\"CCO\" a\n'c1ccccc1' b\n\nCC(=O)O c\n";
    three(&read("a.smi", text.as_bytes(), &[]), ["a", "b", "c"]);
}

#[test]
fn an_extension_belongs_to_the_structure_and_is_no_name() {
    let smi = rows(&read("a.smi", b"CCO |$a;;$| ethanol\n", &[]));
    assert_eq!((smi[0].0.as_str(), smi[0].1.as_str()), ("ethanol", "CCO |$a;;$|"));
    let csv = rows(&read(
        "a.csv",
        b"id,smiles\nb,\"CCO |$a;;$,atomProp:0.k.v|\"\n",
        &["--id-column", "id"],
    ));
    assert_eq!((csv[0].0.as_str(), csv[0].1.as_str()), ("b", "CCO |$a;;$,atomProp:0.k.v|"));
}

#[test]
fn a_quote_that_is_not_closed_is_an_error_with_its_line() {
    let text = b"smiles,name\nCCO,\"5 inch\nc1ccccc1,b\nCC(=O)O,c\n";
    refused(&read("a.csv", text, &[]), &["a.csv", "line 2", "never closed"]);
    refused(&piped(text, &[]), &["line 2"]);
    let text = b"smiles,name\nCCO,a\nCCO,\"5 inch\nc1ccccc1,\"6 inch\n";
    refused(&read("a.csv", text, &[]), &["line 3", "line 4"]);
}

#[test]
fn ragged_rows_keep_their_place_with_a_reason() {
    let rows = rows(&read("a.csv", b"smiles,x\nCCO,1\nCC,1,2-diol\nCCC\nC,1\n", &[]));
    assert_eq!(rows.len(), 4);
    assert!(rows[1].2.contains("line 3: 3 fields, the header has 2"), "{}", rows[1].2);
    assert!(rows[2].2.contains("line 4: 1 field"), "{}", rows[2].2);
    assert!(rows[0].2 == "ok" && rows[3].2 == "ok");
}

#[test]
fn encodings_that_are_not_read_are_named() {
    refused(
        &read("a.csv", b"smiles,name\nCCO,caf\xe9\n", &[]),
        &["line 2", "byte 8", "UTF-8", "Latin-1"],
    );
    refused(&read("a.smi", b"C\nCCO caf\xe9\n", &[]), &["line 2", "byte 8", "UTF-8", "Latin-1"]);
    refused(
        &read("a.csv", &utf16(CSV)[2..], &[]),
        &["UTF-16 (little-endian) without a byte-order mark"],
    );
    // Beyond the bytes that the encoding is recognised by, it is one row's fault.
    let mut text = b"smiles,name\n".to_vec();
    text.extend(b"CCO,plain\n".repeat(7000));
    text.extend(b"CCO,caf\xe9\nCCO,plain\n");
    let rows = rows(&read("a.csv", &text, &[]));
    assert!(
        rows[7000].2.contains("line 7002") && rows[7000].2.contains("UTF-8"),
        "{:?}",
        rows[7000]
    );
    assert!(rows.len() == 7002 && rows[7001].2 == "ok");
}

const ETHANOL: &str = "ethanol\n\n\n  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.2990    0.7500    0.0000 C   0  0
    2.5981    0.0000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
";

#[test]
fn content_goes_before_names() {
    let two = format!("{ETHANOL}$$$$\n{ETHANOL}$$$$\n");
    let vina = include_str!("golden/vina.pdbqt");
    for (content, wanted) in [
        (SMI, 3),
        ("smiles name\nCCO a\n", 1),
        (CSV, 3),
        (ETHANOL, 1),
        (two.as_str(), 2),
        (vina, 3),
        ("", 0),
    ] {
        for content in [
            content.as_bytes().to_vec(),
            gz(content.as_bytes()),
            content.replace('\n', "\r").into(),
        ] {
            assert_eq!(rows(&piped(&content, &[])).len(), wanted, "{content:?}");
        }
    }
    for name in ["a.smi", "a.csv", "a.txt", "a.sdf", "a.pdbqt"] {
        let rows = rows(&read(name, two.as_bytes(), &[]));
        assert!(
            rows.len() == 2 && rows.iter().all(|r| r.1 == "CCO" && r.2 == "ok"),
            "{name}: {rows:?}"
        );
    }
    three(&read("a.sdf", SMI.as_bytes(), &[]), ["a", "b", "c"]);
    // The option goes before both.
    assert_eq!(rows(&piped(two.as_bytes(), &["--input-format", "smi"])).len(), 18);
}

#[test]
fn formats_that_are_not_read_are_named() {
    for (name, content, needle) in [
        ("a.mol2", &b"@<TRIPOS>MOLECULE\nx\n"[..], "MOL2"),
        ("a.smi", b"@<TRIPOS>MOLECULE\nx\n", "MOL2"),
        ("a.xlsx", b"PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml", "Excel"),
        ("a.csv", b"PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml", "Excel"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "Excel"),
        ("a.zip", b"PK\x03\x04\x14\0\0\0a.smi", "ZIP"),
        ("a.smi.bz2", b"BZh91AY&SY\x01\x02\x90", "bzip2"),
        ("a.smi.xz", b"\xfd7zXZ\0\0\x04", "xz"),
        ("a.smi.zst", b"\x28\xb5\x2f\xfd\x04\x88", "zstd"),
        ("a.cdx", b"VjCD0100\x04\x03\x02\x01", "CDX"),
        ("a.cdxml", b"<?xml version=\"1.0\"?>\n<!DOCTYPE CDXML>\n<CDXML>\n", "CDXML"),
        ("a.pdf", b"%PDF-1.4\n", "PDF"),
        ("a.rxn", b"$RXN\n\n\n\n", "RXN"),
        ("a.rdf", b"$RDFILE 1\n", "RDF"),
        ("a.inchi", b"InChI=1S/CH4/h1H4\n", "InChI"),
        ("a.mae", b"{\n s_m_m2io_version\n :::\n 2.0.0\n}\n", "Maestro"),
        (
            "a.pdb",
            b"ATOM      1  N   MET A   1      27.340  24.430   2.614  1.00  9.67           N\n",
            "PDB",
        ),
        ("a.mol2", b"x\n", "MOL2"),
        ("a", b"\0\x01\x02\x1b[2Jxyz\x07", "no text"),
        ("a.csv", b"id\x1b[2J,x\n1,2\n", "\\u{1b}"),
    ] {
        refused(&read(name, content, &[]), &[needle]);
        if !name.starts_with("a.mol2") {
            refused(&piped(content, &[]), &[needle]);
        }
    }
    refused(&read("a.smi.gz", &gz(&gz(b"C\n")), &[]), &["twice"]);
}

#[test]
fn messages_quote_no_control_characters() {
    let out = read("a.smi", b"CCO a\nC\x1b[2JC \x1b[31mred\n", &[]);
    let told = text(&out.stderr);
    assert!(told.contains("1 refused") && told.contains("\\u{1b}[31mred"), "{told}");
    assert!(!told.contains('\u{1b}'));
}

#[test]
fn tables_of_profiles_in_any_of_these_forms_make_one_library() {
    let mut table = String::from("id,Canonical SMILES,g1,g2\n");
    (1..8)
        .for_each(|i| table += &format!("m{i},{}O,{},{}\n", "C".repeat(i), i as f32 / 4.0, i % 3));
    let build = |name: &str, content: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
        let args = ["library", "build", "--profiles", name, "--modality", "e", "-o", "e.chmrlib"];
        let out = chmr(&folder, &args, b"");
        (std::fs::read(folder.path().join("e.chmrlib")).ok(), text(&out.stderr))
    };
    let (wanted, told) = build("p.csv", table.as_bytes());
    assert!(wanted.is_some(), "{told}");
    for content in [
        table.replace(',', ";").into_bytes(),
        table.replace(',', "\t").into_bytes(),
        table.replace('\n', "\r").into_bytes(),
        utf16(&table),
        gz(table.as_bytes()),
    ] {
        assert!(build("p.csv", &content).0 == wanted);
    }
    let (none, told) = build("p.csv", format!("{table}m9,CC,1\n").as_bytes());
    assert!(none.is_none() && told.contains("line 9: 3 fields, the header has 4"), "{told}");
}

#[test]
fn the_files_of_the_data_folder() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cases");
    if !folder.is_dir() {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    let read = |name: &str, more: &[&str]| {
        let here = tempfile::tempdir().unwrap();
        let path = folder.join(name);
        chmr(
            &here,
            &[&["fingerprint", path.to_str().unwrap(), "--kind", "maccs"], more].concat(),
            b"",
        )
    };
    for name in ["s3_header.smi", "s5_bom.smi", "s6_cr.smi", "s14_quoted.smi"] {
        three(&read(name, &[]), ["a", "b", "c"]);
    }
    three(&read("s13_nbsp.smi", &[]), ["ethanol", "b", "c"]);
    for name in ["k5.csv", "k11_semicolon.csv", "k12_tab.csv"] {
        let rows = rows(&read(name, &["--id-column", "id"]));
        assert_eq!(rows.len(), 2, "{name}");
        assert!(rows.iter().all(|r| r.2 == "ok"), "{name}");
        assert_eq!(rows[1].0, "b");
    }
    refused(&read("k15_openquote.csv", &[]), &["line 2"]);
    assert_eq!(rows(&read("k19_utf16.csv", &[]))[0].1, "CCO");
}
