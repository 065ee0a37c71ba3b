//! The command line beyond prediction: trust, the reference library, imputation, neighbours, the hierarchy.

#[path = "support/plain.rs"]
mod plain;
#[path = "support/program.rs"]
mod program;
mod support;

use program::text;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

const SMI: &str = "CCO ethanol\nC(C unclosed\nCCCCO butanol\n";

/// A folder with the whole test model, molecules, and profiles of some alcohols.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put =
        |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).unwrap();
    put("whole.chmr", &support::whole());
    put("small.chmr", &support::model());
    put("a.smi", SMI.as_bytes());
    let mut table = String::from("id,smiles,batch,g1,g2,g3\n");
    for i in 1..12 {
        let smiles = format!("{}O", "C".repeat(i));
        table += &format!("m{i},{smiles},x,{},{},{}\n", i as f32 / 4.0, -(i as f32), i % 3);
    }
    put("profiles.csv", table.as_bytes());
    put("genes.tsv", b"id\tsymbol\ng1\tONE\ng2\tTWO\ng3\tTHREE\n");
    folder
}

fn chmr(folder: &TempDir, args: &[&str]) -> Output {
    program::chmr(folder, args, b"")
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

fn number(text: &str) -> f32 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

/// A library of the profiles, put into the model `lib.chmr`.
fn with_library() -> TempDir {
    let folder = folder();
    let build = ["library", "build", "--profiles", "profiles.csv", "--modality", "expression"];
    let more =
        ["--ignore", "batch", "--labels", "genes.tsv", "--source", "made up", "--licence", "CC0"];
    let out = chmr(&folder, &[&build[..], &more, &["--output", "e.chmrlib"]].concat());
    assert!(out.status.success(), "{}", text(&out.stderr));
    let attach = ["library", "attach", "--model", "whole.chmr", "--library", "e.chmrlib"];
    let out = chmr(&folder, &[&attach[..], &["--output", "lib.chmr"]].concat());
    assert!(out.status.success(), "{}", text(&out.stderr));
    folder
}

#[test]
fn predictions_with_trust() {
    let folder = folder();
    let args = ["predict", "--model", "whole.chmr", "a.smi", "--trust"];
    let table = rows(&chmr(&folder, &args));
    let added = &table[0][9..];
    let expected = [
        "test/3 lower",
        "test/3 upper",
        "test/4 lower",
        "test/4 upper",
        "test domain",
        "test nearest",
        "test reason",
        "model",
    ];
    assert_eq!(added, expected);
    let good = &table[1];
    assert!(number(&good[9]) < number(&good[7]) && number(&good[7]) < number(&good[10]));
    // Eight measurements promise no 90 %.
    assert_eq!((good[11].as_str(), good[12].as_str()), ("", ""));
    assert_eq!(number(&good[14]), 1.0);
    assert_eq!(good[13] == "in", good[15].is_empty());
    assert!(good[16].starts_with("test 0.1.0 ") && good[16].len() == 11 + 64, "{}", good[16]);
    assert!(table[2][3..].iter().all(String::is_empty));
    // The predictions are those without trust.
    let plain = rows(&chmr(&folder, &args[..4]));
    assert!(table.iter().zip(&plain).all(|(a, b)| a[..9] == b[..]));

    let wide =
        rows(&chmr(&folder, &[&args[..], &["--coverage", "0.8", "--tasks", "test/4"]].concat()));
    assert_eq!(wide[0][5], "test/4 lower");
    assert!(number(&wide[1][5]) < number(&wide[1][4]));
    for (more, needle) in
        [(&["--coverage", "0.5"][..], "0.8, 0.9, 0.95"), (&["--format", "table"], "--trust")]
    {
        let out = chmr(&folder, &[&args[..], more].concat());
        assert_eq!(out.status.code(), Some(1));
        assert!(text(&out.stderr).contains(needle), "{}", text(&out.stderr));
    }
    let out = chmr(&folder, &["predict", "--model", "small.chmr", "a.smi", "--trust"]);
    assert!(out.status.code() == Some(1) && text(&out.stderr).contains("calibrate"));
    let info = text(&chmr(&folder, &["info", "--model", "whole.chmr", "--tasks", "test/3"]).stdout);
    assert!(info.contains("intervals of 80 %, 90 %, 95 %") && info.contains("within ±"), "{info}");
}

#[test]
fn libraries_are_built_attached_and_told_about() {
    let folder = with_library();
    let info = text(&chmr(&folder, &["library", "info", "--model", "lib.chmr"]).stdout);
    for needle in ["11 molecules", "expression", "11 profiles of 3 features", "made up", "CC0"] {
        assert!(info.contains(needle), "{needle}: {info}");
    }
    let info = text(&chmr(&folder, &["info", "--model", "lib.chmr"]).stdout);
    assert!(info.contains("observed  expression, 11 profiles (made up; CC0)"), "{info}");
    let json = chmr(&folder, &["info", "--model", "lib.chmr", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["observed"][0]["licence"], "CC0");
    // Trust and codebook are still there.
    assert!(json["trust"]["domain"].is_string());
    assert!(rows(&chmr(&folder, &["encode", "--model", "lib.chmr", "a.smi"])).len() == 4);
    let out = chmr(
        &folder,
        &["library", "build", "--profiles", "none.csv", "--modality", "m", "-o", "x"],
    );
    assert!(out.status.code() == Some(1) && text(&out.stderr).contains("none.csv"));
    assert!(!Path::new(&folder.path().join("x")).exists());
}

#[test]
fn known_compounds() {
    let folder = folder();
    let table =
        "smiles,moa,target\nCCO,solvent,A|B\nCCCCCCCCCCCCCCCCCCC,solvent,A\nC(C,solvent,\nCCCO,,\n";
    std::fs::write(folder.path().join("known.csv"), table).unwrap();
    let build = ["library", "build", "--profiles", "profiles.csv", "--modality", "expression"];
    let more = ["--ignore", "batch", "--context", "known.csv", "--output", "e.chmrlib"];
    let columns = ["--context-columns", "moa,target"];
    let out = chmr(&folder, &[&build[..], &more].concat());
    assert!(out.status.code() == Some(2) && text(&out.stderr).contains("--context-columns"));
    let out = chmr(&folder, &[&build[..], &more, &columns].concat());
    assert!(out.status.success(), "{}", text(&out.stderr));
    let with = ["--model", "whole.chmr", "--library", "e.chmrlib"];
    let info = text(&chmr(&folder, &[&["library", "info"], &with[..]].concat()).stdout);
    assert!(info.contains("2 known compounds"), "{info}");
    std::fs::write(folder.path().join("k.smi"), "CCCCCCCCCCCCCCCCCCC wax\nCCCCO butanol\n")
        .unwrap();
    let more = ["impute", "k.smi", "--modality", "expression"];
    let table = rows(&chmr(&folder, &[&more[..], &with].concat()));
    assert!(table[1][3].starts_with("context ") && table[1][3].contains(" shared=1 "), "{table:?}");
    assert!(table[2][3].starts_with("regression ") && table[2][3].contains(" shared=0 "));
}

#[test]
fn known_activity() {
    let folder = folder();
    let mut table = String::from("smiles,moved\nC(C,1\nCCCCCCCCCCCCCCCCCCC,2.5\n");
    (1..12).for_each(|i| table += &format!("{}O,{}\n", "C".repeat(i), (i as f32).ln()));
    std::fs::write(folder.path().join("activity.csv"), &table).unwrap();
    let build = ["library", "build", "--profiles", "profiles.csv", "--modality", "expression"];
    let more = ["--ignore", "batch", "--activity", "activity.csv", "--output", "e.chmrlib"];
    let build = [&build[..], &more].concat();
    let out = chmr(&folder, &build);
    assert!(out.status.code() == Some(2) && text(&out.stderr).contains("--activity-columns"));
    let out = chmr(&folder, &[&build[..], &["--activity-columns", "none"]].concat());
    assert!(out.status.code() == Some(1) && text(&out.stderr).contains("\"none\""));
    let out = chmr(&folder, &[&build[..], &["--activity-columns", "moved"]].concat());
    assert!(out.status.success(), "{}", text(&out.stderr));
    let with = ["--model", "whole.chmr", "--library", "e.chmrlib"];
    let info = text(&chmr(&folder, &[&["library", "info"], &with[..]].concat()).stdout);
    // Long alcohols have one fingerprint, and the wax has that of the alkanes.
    assert!(info.contains("activity of 7 compounds: moved"), "{info}");
    std::fs::write(folder.path().join("k.smi"), "CCCCCCCCCCCCCCCCCCC wax\nCCCCCl chloride\n")
        .unwrap();
    let impute = ["impute", "k.smi", "--modality", "expression"];
    let table = rows(&chmr(&folder, &[&impute[..], &with].concat()));
    assert!(table[1][3].starts_with("activity ") && table[2][3].starts_with("regression "));
    let plain = rows(&chmr(&folder, &[&impute[..], &with, &["--structure-only"]].concat()));
    assert!(plain[1][3].starts_with("regression ") && plain[1][4] != table[1][4]);
    assert_eq!(plain[2][4..], table[2][4..]);
    std::fs::write(folder.path().join("activity.csv"), "smiles,moved\nCCO,many\n").unwrap();
    let out = chmr(&folder, &[&build[..], &["--activity-columns", "moved"]].concat());
    assert!(text(&out.stderr).contains("row 1, moved"), "{}", text(&out.stderr));
}

#[test]
fn imputation() {
    let folder = with_library();
    let args = ["impute", "--model", "lib.chmr", "a.smi", "--modality", "expression"];
    let table = rows(&chmr(&folder, &args));
    assert_eq!(table[0], ["id", "smiles", "status", "support", "g1", "g2", "g3"]);
    assert!(table[1][3].contains("nearest=1.000") && table[1][3].contains("m2:1.000"));
    assert!(table[2][3..].iter().all(String::is_empty) && table[2][2] != "ok");
    assert!(table[3][4..].iter().all(|v| number(v).is_finite()));
    let named = rows(&chmr(&folder, &[&args[..], &["--names", "symbol", "--spread"]].concat()));
    assert_eq!(named[0][4..], ["ONE", "TWO", "THREE", "ONE:spread", "TWO:spread", "THREE:spread"]);
    assert_eq!(named[1][4..7], table[1][4..]);
    // What was measured comes back untouched.
    std::fs::write(folder.path().join("known.csv"), "id,g2\nbutanol,42.5\n").unwrap();
    let known =
        rows(&chmr(&folder, &[&args[..], &["--observed", "known.csv", "--spread"]].concat()));
    assert_eq!((known[3][5].as_str(), known[3][8].as_str()), ("42.5", "0"));
    // It informs what was not, of this row alone.
    assert_ne!(known[3][4], table[3][4]);
    assert_eq!(known[1][4..7], table[1][4..]);
    let plain = rows(&chmr(&folder, &[&args[..], &["--method", "propagation"]].concat()));
    assert!(plain[1][3].starts_with("propagation") && plain[3][4] != table[3][4]);
    // A library of one's own, beside a model without any.
    let own = [
        "impute",
        "--model",
        "whole.chmr",
        "--library",
        "e.chmrlib",
        "a.smi",
        "--modality",
        "expression",
    ];
    assert_eq!(rows(&chmr(&folder, &own)), table);
    let out = chmr(&folder, &[&args[..4], &["--modality", "none"]].concat());
    assert!(out.status.code() == Some(1) && text(&out.stderr).contains("expression"));
    let out =
        chmr(&folder, &["impute", "--model", "whole.chmr", "a.smi", "--modality", "expression"]);
    assert_eq!(out.status.code(), Some(1));
}

#[test]
fn neighbors() {
    let folder = with_library();
    let args = ["neighbors", "--model", "lib.chmr", "a.smi"];
    let table = rows(&chmr(&folder, &[&args[..], &["-k", "2"]].concat()));
    assert!(table[1].iter().any(|field| field == "m2"), "{table:?}");
    assert!(table[2][2] != "ok" && table[2][3..].iter().all(String::is_empty));
    let near = rows(&chmr(&folder, &[&args[..], &["--threshold", "1"]].concat()));
    let filled = |row: &[String]| row[3..].iter().filter(|f| !f.is_empty()).count();
    assert!(filled(&near[1]) > 0 && filled(&near[1]) < filled(&rows(&chmr(&folder, &args))[1]));
}

#[test]
fn packed_tables() {
    let folder = with_library();
    // The library's molecules, in its order, and one that is none.
    let mut molecules = String::from("id,smiles\n");
    for i in 1..12 {
        molecules += &format!("m{i},{}O\n", "C".repeat(i));
    }
    std::fs::write(folder.path().join("all.csv"), &molecules).unwrap();
    let pack = ["library", "pack", "--id-column", "id", "--output", "t.fps"];
    let out = chmr(&folder, &[&pack[..], &["all.csv", "--threads", "2"]].concat());
    assert!(out.status.success(), "{}", text(&out.stderr));
    assert!(text(&out.stderr).contains("11 molecules, none refused"), "{}", text(&out.stderr));
    for more in [&["-k", "3"][..], &["-k", "20"], &["--threshold", "0.5"], &["--threads", "1"]] {
        let args = [&["neighbors", "all.csv", "--id-column", "id"], more].concat();
        let library = rows(&chmr(&folder, &[&args[..], &["--model", "lib.chmr"]].concat()));
        let table = rows(&chmr(&folder, &[&args[..], &["--table", "t.fps"]].concat()));
        // Alkanols from some length on have the same bits: ties are among these.
        assert_eq!(table, library, "{more:?}");
        assert_eq!(table.len(), 12);
    }
    // One query by several threads, and refused molecules.
    let one = ["neighbors", "a.smi", "--threads", "4", "-k", "2"];
    let library = rows(&chmr(&folder, &[&one[..], &["--model", "lib.chmr"]].concat()));
    assert_eq!(rows(&chmr(&folder, &[&one[..], &["--table", "t.fps"]].concat())), library);

    let bad = ["library", "pack", "a.smi", "--output", "bad.fps"];
    let out = chmr(&folder, &bad);
    let told = text(&out.stderr);
    assert!(out.status.success() && told.contains("molecule 2, unclosed:"), "{told}");
    assert!(told.contains("3 molecules, 1 refused") && told.contains("2 molecules,"), "{told}");
    let out = chmr(&folder, &[&bad[..], &["--strict"]].concat());
    assert_eq!(out.status.code(), Some(3));
    // Neither a table without all its bytes nor something else is searched.
    let whole = std::fs::read(folder.path().join("t.fps")).unwrap();
    std::fs::write(folder.path().join("cut.fps"), &whole[..whole.len() - 1]).unwrap();
    for (name, needle) in [("cut.fps", "bytes"), ("a.smi", "header"), ("none", "none")] {
        let out = chmr(&folder, &["neighbors", "a.smi", "--table", name]);
        assert_eq!(out.status.code(), Some(1));
        assert!(text(&out.stderr).contains(needle), "{}", text(&out.stderr));
    }
    let out = chmr(&folder, &["library", "pack", "none.smi", "--output", "x.fps"]);
    assert!(out.status.code() == Some(1) && !folder.path().join("x.fps").exists());
}

#[test]
fn encoding() {
    let folder = folder();
    let args = ["encode", "--model", "whole.chmr", "a.smi"];
    let table = rows(&chmr(&folder, &args));
    assert_eq!(table[0][3], "latent:path");
    assert_eq!(table[0].len(), 3 + 1 + 2 * 3);
    let path = &table[1][3];
    assert!(path.len() == 4 && path.starts_with('r'), "{path}");
    let nodes: Vec<usize> = [4, 6, 8].map(|c| table[1][c].parse().unwrap()).into();
    let told = nodes.iter().map(|n| if n % 2 == 0 { '0' } else { '1' }).collect::<String>();
    assert_eq!(path[1..], told);
    assert!((1..3).all(|h| nodes[h] / 2 == nodes[h - 1]));
    assert!([5, 7, 9].iter().all(|&c| number(&table[1][c]).abs() <= 1.0001));
    assert!(table[2][3..].iter().all(String::is_empty));
    let latents = rows(&chmr(&folder, &[&args[..], &["--latents"]].concat()));
    assert_eq!(latents[0].len(), table[0].len() + 12);
    assert_eq!(latents[1][..10], table[1][..]);
    let lines = text(&chmr(&folder, &[&args[..], &["--format", "jsonl"]].concat()).stdout);
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["latent:path"], path.as_str());
    let out = chmr(&folder, &["encode", "--model", "small.chmr", "a.smi"]);
    assert!(out.status.code() == Some(1) && text(&out.stderr).contains("codebook"));
}
