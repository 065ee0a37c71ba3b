//! The command line: every input format, bad rows, selections, output formats, exit codes.

#[path = "support/plain.rs"]
mod plain;
#[path = "support/program.rs"]
mod program;
mod support;

use flate2::Compression;
use flate2::write::GzEncoder;
use program::{chmr, text};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const SMI: &str = "CCO ethanol\nC(C unclosed\n\nc1ccccc1\tbenzene ring\nCC\n";

/// A folder with a model of five tasks (`test/0` to `test/4`) in `m.chmr`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.chmr"), support::model()).unwrap();
    folder
}

fn put(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn gz(content: &str) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(content.as_bytes()).unwrap();
    out.finish().unwrap()
}

/// The rows of a CSV output, header first.
fn rows(out: &Output) -> Vec<Vec<String>> {
    assert!(out.status.success(), "{}", text(&out.stderr));
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(out.stdout.as_slice())
        .records()
        .map(|r| r.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

fn predict(folder: &TempDir, more: &[&str]) -> Output {
    chmr(folder, &[&["predict", "--model", "m.chmr"], more].concat(), b"")
}

fn column(rows: &[Vec<String>], i: usize) -> Vec<&str> {
    rows[1..].iter().map(|r| r[i].as_str()).collect()
}

#[test]
fn docked_poses() {
    let folder = folder();
    put(&folder, "out.pdbqt", include_str!("golden/vina.pdbqt"));
    let ibuprofen = "CC(C)Cc1ccc(cc1)C(C)C(=O)O";
    let poses = rows(&predict(&folder, &["--template", ibuprofen, "out.pdbqt"]));
    assert_eq!(column(&poses, 0), ["1", "2", "3"]);
    put(&folder, "in.smi", ibuprofen);
    let one = rows(&predict(&folder, &["in.smi"]));
    for pose in &poses[1..] {
        assert_eq!(pose[3..], one[1][3..], "a model without shape sees one molecule");
    }
    // Without its molecule a pose is a bad row.
    let bare = rows(&predict(&folder, &["out.pdbqt"]));
    assert!(column(&bare, 2).iter().all(|status| status.contains("REMARK SMILES")));
}

#[test]
fn smi_in_csv_out() {
    let folder = folder();
    put(&folder, "a.smi", SMI);
    let out = predict(&folder, &["a.smi"]);
    let rows = rows(&out);
    assert_eq!(
        rows[0],
        ["id", "smiles", "status", "note", "test/0", "test/1", "test/2", "test/3", "test/4"]
    );
    assert_eq!(column(&rows, 0), ["ethanol", "unclosed", "benzene ring", "4"]);
    assert_eq!(column(&rows, 1), ["CCO", "C(C", "c1ccccc1", "CC"]);
    assert_eq!(rows[1][2], "ok");
    // The bad row keeps its place, with a reason and no values.
    assert_ne!(rows[2][2], "ok");
    assert!(rows[2][3..].iter().all(String::is_empty));
    for row in [1, 3, 4] {
        assert!(rows[row][4..].iter().all(|v| v.parse::<f32>().unwrap().is_finite()));
    }
    let summary = text(&out.stderr);
    assert!(
        summary.contains("4 molecules, 1 refused") && summary.contains("unclosed"),
        "{summary}"
    );
}

#[test]
fn the_values_are_those_of_the_library() {
    let folder = folder();
    put(&folder, "a.smi", "CC(=O)Oc1ccccc1C(=O)O\n");
    let rows = rows(&predict(&folder, &["a.smi"]));
    let model = chmr::Model::open(folder.path().join("m.chmr")).unwrap();
    let mut wanted = [0.0; 5];
    model.predict_one("CC(=O)Oc1ccccc1C(=O)O", &[0, 1, 2, 3, 4], &mut wanted).unwrap();
    let got: Vec<f32> = rows[1][4..].iter().map(|v| v.parse().unwrap()).collect();
    assert_eq!(got, wanted);
}

#[test]
fn csv_columns_by_name() {
    let folder = folder();
    put(&folder, "a.csv", "key,Structure,SMILES\nx,CCO,C\n\"y, z\",\"C(C\",CC\nw\n");
    // Found whatever its case.
    assert_eq!(column(&rows(&predict(&folder, &["a.csv"])), 1), ["C", "CC", ""]);
    let out = predict(&folder, &["a.csv", "--smiles-column", "Structure", "--id-column", "key"]);
    let rows = rows(&out);
    assert_eq!(column(&rows, 0), ["x", "y, z", "w"]);
    assert_eq!(column(&rows, 1), ["CCO", "C(C", ""]);
    assert_eq!(rows[1][2], "ok");
    assert!(rows[3][2].contains("empty"), "{:?}", rows[3]);

    let out = predict(&folder, &["a.csv", "--smiles-column", "mol"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("Structure"), "names the columns there are");
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
fn shapes_of_poses() {
    let folder = folder();
    let posed = ETHANOL.replace("0.0000 O", "0.7000 O");
    put(&folder, "a.sdf", format!("{posed}$$$$\n{ETHANOL}$$$$\n"));
    let rows = rows(&chmr(&folder, &["shape", "a.sdf"], b""));
    assert_eq!(rows[0][3], "usrcat_all_centroid_mean");
    assert_eq!((rows.len(), rows[1][2].as_str()), (3, "ok"));
    assert!(rows[1][3..].iter().all(|v| v.parse::<f32>().is_ok_and(f32::is_finite)));
    assert!(rows[2][2].contains("drawing"), "{}", rows[2][2]);
    assert!(rows[2][3..].iter().all(String::is_empty));
}

#[test]
fn sdf_with_a_bad_record() {
    let folder = folder();
    let bad = ETHANOL.replace("ethanol", "").replace(" O ", " Xy");
    let sdf = format!("{ETHANOL}> <A>\n1\n\n$$$$\n{bad}$$$$\n{ETHANOL}");
    put(&folder, "a.sdf", sdf);
    let out = predict(&folder, &["a.sdf"]);
    let rows = rows(&out);
    assert_eq!(column(&rows, 0), ["ethanol", "2", "ethanol"]);
    assert_eq!(column(&rows, 1), ["CCO", "", "CCO"]);
    assert!(rows[2][2].contains("line 7") && rows[2][2].contains("Xy"), "{:?}", rows[2]);
    assert_eq!(rows[1][3..], rows[3][3..]);
    // A molblock and a SMILES of one molecule give the same values.
    put(&folder, "b.smi", "CCO\n");
    let smi = self::rows(&predict(&folder, &["b.smi"]));
    assert_eq!(smi[1][3..], rows[1][3..]);
}

#[test]
fn gzip_in_and_out() {
    let folder = folder();
    put(&folder, "a.smi", SMI);
    put(&folder, "a.smi.gz", gz(SMI));
    put(&folder, "a.sdf.gz", gz(ETHANOL));
    let plain = predict(&folder, &["a.smi"]);
    assert_eq!(predict(&folder, &["a.smi.gz"]).stdout, plain.stdout);
    assert_eq!(rows(&predict(&folder, &["a.sdf.gz"]))[1][1], "CCO");

    let out = predict(&folder, &["a.smi", "--output", "o.csv.gz"]);
    assert!(out.status.success() && out.stdout.is_empty());
    let packed = std::fs::read(folder.path().join("o.csv.gz")).unwrap();
    let mut unpacked = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(packed.as_slice());
    std::io::Read::read_to_end(&mut decoder, &mut unpacked).unwrap();
    assert_eq!(text(&unpacked), text(&plain.stdout));

    // A truncated file is an error, but what was in it is written.
    let mut short = gz(&"CCO\n".repeat(20_000));
    short.truncate(short.len() - 10);
    put(&folder, "short.smi.gz", short);
    let out = predict(&folder, &["short.smi.gz"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("short.smi.gz"), "{}", text(&out.stderr));
    assert!(text(&out.stdout).lines().count() > 4096);
}

#[test]
fn standard_input_with_a_format() {
    let folder = folder();
    let args = ["predict", "--model", "m.chmr", "-", "--input-format"];
    for (format, content) in [
        ("smi", SMI.as_bytes().to_vec()),
        ("smi", gz(SMI)),
        ("csv", b"smiles\nCCO\n".to_vec()),
        ("sdf", ETHANOL.into()),
    ] {
        let out = chmr(&folder, &[&args[..], &[format]].concat(), &content);
        assert_eq!(rows(&out)[1][1], "CCO", "{format}");
    }
}

#[test]
fn strict_exits_with_3_and_still_writes_everything() {
    let folder = folder();
    put(&folder, "a.smi", SMI);
    put(&folder, "good.smi", "CCO\n");
    let out = predict(&folder, &["a.smi", "--strict"]);
    assert_eq!(out.status.code(), Some(3));
    assert_eq!(out.stdout, predict(&folder, &["a.smi"]).stdout);
    assert_eq!(predict(&folder, &["good.smi", "--strict"]).status.code(), Some(0));
}

#[test]
fn tasks_by_glob() {
    let folder = folder();
    put(&folder, "a.smi", "CCO\n");
    let head = |globs: &[&str]| {
        let globs: Vec<&str> = globs.iter().flat_map(|g| ["--tasks", g]).collect();
        rows(&predict(&folder, &[&["a.smi"], &globs[..]].concat()))[0][4..].to_vec()
    };
    assert_eq!(head(&["test/*"]).len(), 5);
    // In the model's order, whatever that of the patterns.
    assert_eq!(head(&["test/4", "TEST/[01]"]), ["test/0", "test/1", "test/4"]);
    assert_eq!(head(&["*/{1,2}"]), ["test/1", "test/2"]);
    let out = predict(&folder, &["a.smi", "--tasks", "biogen/*"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("test/*"), "says what there is");
    // The values do not depend on the selection.
    let all = rows(&predict(&folder, &["a.smi"]));
    let one = rows(&predict(&folder, &["a.smi", "--tasks", "test/3"]));
    assert_eq!(one[1][4], all[1][7]);
}

#[test]
fn what_is_no_drug_like_molecule_has_a_note() {
    let folder = folder();
    put(&folder, "a.smi", "* a\n[Fe] b\n[H][H] c\n[Na+].[Cl-] d\nCC(=O)Nc1ccc(O)cc1 e\nC(C f\n");
    let found = rows(&predict(&folder, &["a.smi"]));
    assert_eq!(found[0][3], "note");
    let notes = column(&found, 3);
    for (note, needle) in
        notes.iter().zip(["dummy atom", "metal", "no atom but hydrogen", "several components"])
    {
        assert!(note.contains(needle) && note.contains("no carbon"), "{note}");
    }
    assert_eq!(notes[4..], ["", ""]);
    // They have their status and values all the same.
    assert_eq!(column(&found, 2)[..5], ["ok"; 5]);
    assert!(found[1..6].iter().all(|row| row[4..].iter().all(|v| v.parse::<f32>().is_ok())));
    let json = text(&predict(&folder, &["a.smi", "--format", "jsonl"]).stdout);
    assert!(json.lines().next().is_some_and(|l| l.contains("\"note\":\"not an organic")), "{json}");
    let table = text(&predict(&folder, &["a.smi", "--format", "table"]).stdout);
    let line = |id: &str| table.lines().find(|l| l.starts_with(id)).unwrap().to_owned();
    assert!(
        line("b ").ends_with("fewer than 4 heavy atoms") && !line("e ").contains("atom"),
        "{table}"
    );
}

#[test]
fn json_lines() {
    let folder = folder();
    put(&folder, "a.smi", "CCO \"quoted\"\nC(C\n");
    let out = predict(&folder, &["a.smi", "--format", "jsonl"]);
    let lines: Vec<serde_json::Value> =
        text(&out.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["id"], "\"quoted\"");
    assert_eq!(lines[0]["status"], "ok");
    assert!(lines[0]["test/2"].is_number());
    assert_eq!(lines[1]["smiles"], "C(C");
    assert!(lines[1]["test/2"].is_null());
}

#[test]
fn a_table_for_a_person() {
    let folder = folder();
    put(&folder, "a.smi", SMI);
    let out = text(&predict(&folder, &["a.smi", "--format", "table"]).stdout);
    assert!(out.contains("probability") && out.contains('%'), "{out}");
    assert!(out.lines().any(|l| l.starts_with("unclosed ")), "{out}");
}

#[test]
fn fingerprints_match_rdkit() {
    let folder = folder();
    put(&folder, "a.smi", "CCO\nC(C\n");
    let run =
        |kind: &[&str]| rows(&chmr(&folder, &[&["fingerprint", "a.smi"], kind].concat(), b""));
    let morgan = run(&[]);
    assert_eq!(morgan[0], ["id", "smiles", "status", "fingerprint"]);
    assert_eq!(morgan[1][3].len(), 256);
    // RDKit 2026.09: GetMorganGenerator(radius=2, fpSize=1024), MACCSkeys.GenMACCSKeys.
    assert_eq!(on_bits(&morgan[1][3]), [33, 80, 222, 294, 386, 807]);
    assert_eq!(morgan[2][3], "");
    let maccs = run(&["--kind", "maccs"]);
    assert_eq!(maccs[1][3].len(), 42);
    assert_eq!(on_bits(&maccs[1][3]), [82, 109, 114, 139, 153, 155, 157, 160, 164]);
    assert_eq!(run(&["--bits", "64"])[1][3].len(), 16);
}

/// Bits of hexadecimal, least significant bit first in each byte.
fn on_bits(hex: &str) -> Vec<usize> {
    let byte = |i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap();
    (0..hex.len() * 4).filter(|bit| byte(bit / 8) >> (bit % 8) & 1 == 1).collect()
}

#[test]
fn results_do_not_depend_on_threads() {
    let folder = folder();
    let many: String = (0..5000).map(|i| format!("{}O\n", "C".repeat(i % 40 + 1))).collect();
    put(&folder, "a.smi", many);
    let one = predict(&folder, &["a.smi", "--threads", "1"]);
    assert_eq!(rows(&one).len(), 5001);
    assert_eq!(predict(&folder, &["a.smi", "--threads", "3"]).stdout, one.stdout);
}

#[test]
fn info_tells_about_model_and_tasks() {
    let folder = folder();
    let info = |more: &[&str]| {
        let out = chmr(&folder, &[&["info", "--model", "m.chmr"], more].concat(), b"");
        assert!(out.status.success(), "{}", text(&out.stderr));
        text(&out.stdout)
    };
    let about = info(&[]);
    assert!(about.contains("test 0.1.0") && about.contains("5 tasks"), "{about}");
    let tasks = info(&["--tasks", "test/[34]"]);
    assert!(tasks.contains("test/3") && !tasks.contains("test/2"), "{tasks}");
    let json: serde_json::Value = serde_json::from_str(&info(&["--json"])).unwrap();
    assert_eq!(json["tasks"].as_array().unwrap().len(), 5);
    assert_eq!(json["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn info_tells_about_graph_networks() {
    let folder = folder();
    let graph =
        support::graph::file(support::graph::manifest_with_graph(), &support::graph::onnx());
    put(&folder, "graph.chmr", graph);
    let info = |more: &[&str]| {
        let out = chmr(&folder, &[&["info", "--model", "graph.chmr"], more].concat(), b"");
        assert!(out.status.success(), "{}", text(&out.stderr));
        text(&out.stdout)
    };
    let about = info(&[]);
    let said =
        "graph     atoms, 10 values of atoms and bonds, and of random walks, in 2 layers of 24";
    assert!(about.contains(said), "{about}");
    let json: serde_json::Value = serde_json::from_str(&info(&["--json"])).unwrap();
    assert_eq!(json["stages"][0]["reads"][0], "graph");
    assert_eq!(json["stages"][0]["graph"]["layers"], 2);
    assert_eq!(json["stages"][1]["graph"], serde_json::Value::Null);
}

#[test]
fn faults_of_files_and_options() {
    let folder = folder();
    put(&folder, "a.smi", "CCO\n");
    put(&folder, "broken.chmr", "no model");
    for (args, code, needle) in [
        (vec!["predict", "--model", "m.chmr", "none.smi"], 1, "none.smi"),
        (vec!["predict", "--model", "none.chmr", "a.smi"], 1, "none.chmr"),
        (vec!["predict", "--model", "broken.chmr", "a.smi"], 1, "broken.chmr"),
        (vec!["predict", "--model", "m.chmr", "a.smi", "--output", "no/where.csv"], 1, "no/where"),
        (vec!["predict"], 2, "Usage"),
        (vec!["fingerprint", "a.smi", "--kind", "magic"], 2, "maccs"),
    ] {
        let out = chmr(&folder, &args, b"");
        let message = text(&out.stderr);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {message}");
        assert!(message.contains(needle), "{args:?}: {message}");
    }
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let folder = folder();
    put(&folder, "a.smi", "CCO\n".repeat(50_000));
    let mut child = Command::new(env!("CARGO_BIN_EXE_chmr"))
        .args(["fingerprint", "a.smi"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    // As other programs end, so that a script that asks for it (`pipefail`) learns of it.
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&out.status), Some(13));
    assert_eq!(text(&out.stderr), "");
}

#[test]
fn hostile_files_give_rows_not_crashes() {
    let folder = folder();
    let long = "C".repeat(3 << 20);
    let lines = format!("CCO\n{long}\n\u{0}\u{1}\u{ff}\n{}\nCC end\n", "(".repeat(100_000));
    let mut bytes = lines.into_bytes();
    bytes.extend(b"\xff\xfe\n");
    put(&folder, "a.smi", &bytes);
    let out = predict(&folder, &["a.smi"]);
    let status: Vec<bool> = column(&rows(&out), 2).iter().map(|s| *s == "ok").collect();
    assert_eq!(status, [true, false, false, false, true, false]);
}

#[test]
fn the_example_is_read_whole() {
    let folder = folder();
    let drugs = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/drugs.smi");
    let out = predict(&folder, &[drugs.to_str().unwrap(), "--strict"]);
    let rows = rows(&out);
    assert_eq!(rows.len(), 13);
    assert!(column(&rows, 0).contains(&"aspirin"));
}

#[test]
fn nodes_of_a_codebook_are_described() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("whole.chmr"), support::whole()).unwrap();
    put(&folder, "drugs.csv", "name,smiles,moa\na,CCO,x|y\nb,CCCO,x\nc,c1ccccc1,\nd,C(C,x\n");
    let describe = |more: &[&str]| {
        let args = ["codebook", "describe", "drugs.csv", "--model", "whole.chmr"];
        chmr(&folder, &[&args[..], more].concat(), b"")
    };
    let rows = rows(&describe(&["--labels", "moa", "--id-column", "name"]));
    let head = ["path", "depth", "molecules", "medoid", "medoid_smiles", "nearest", "moa"];
    assert_eq!(rows[0], head);
    let depth: usize = rows[1..].iter().map(|r| r[1].parse().unwrap()).max().unwrap();
    for level in 1..=depth {
        let nodes = rows[1..].iter().filter(|r| r[1] == level.to_string());
        // Every molecule that is one has a node at each level.
        let held: usize = nodes.clone().map(|r| r[2].parse::<usize>().unwrap()).sum();
        assert_eq!(held, 3);
        let mut named: Vec<&str> = nodes.clone().flat_map(|r| r[5].split("; ")).collect();
        named.sort_unstable();
        assert_eq!(named, ["a", "b", "c"]);
        for node in nodes {
            assert_eq!(node[0].len(), level + 1, "{node:?}");
            assert!(node[5].split("; ").any(|name| name == node[3]), "{node:?}");
            // Three molecules prove nothing.
            assert_eq!(node[6], "");
        }
    }
    let out = describe(&["--labels", "target"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("no column 'target'; there is name, smiles, moa"));
    // The table is no output.
    let out = describe(&["-o", "drugs.csv"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(std::fs::read_to_string(folder.path().join("drugs.csv")).unwrap().starts_with("name"));
}
