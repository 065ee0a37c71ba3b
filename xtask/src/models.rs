//! `cargo xtask models`: the sizes of model side by side.

use crate::Result;
use crate::parity::data;
use crate::reference::{chmr, compile};
use crate::run::root;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Molecules that speed is measured with.
const MOLECULES: usize = 4800;
/// Rounds, in each of which every model has its turn.
const ROUNDS: usize = 3;

/// Seconds of processor time of the rounds: with all molecules, and with one.
#[derive(Default)]
struct Times {
    all: Vec<f64>,
    one: Vec<f64>,
}

/// Measures the files that `models/` holds (or those that the arguments name) and writes docs/models.md.
pub fn command(args: &[String]) -> Result {
    compile()?;
    let own =
        ["fast", "default", "accurate"].map(|name| root().join(format!("models/{name}.chmr")));
    let files: Vec<PathBuf> = match args {
        [] => own.into_iter().filter(|path| path.exists()).collect(),
        named => named.iter().map(PathBuf::from).collect(),
    };
    let folder = root().join("target/models");
    std::fs::create_dir_all(&folder)?;
    let smiles = smiles()?;
    let (all, one) = (folder.join("all.smi"), folder.join("one.smi"));
    std::fs::write(&all, smiles.join("\n") + "\n")?;
    std::fs::write(&one, "CC(=O)Oc1ccccc1C(=O)O\n")?;
    let mut times: Vec<Times> = files.iter().map(|_| Times::default()).collect();
    for _ in 0..ROUNDS {
        for (file, times) in files.iter().zip(&mut times) {
            times.all.push(seconds(file, &all)?);
            times.one.push(seconds(file, &one)?);
        }
    }
    let mut figures = Vec::new();
    for file in &files {
        figures.push(valid(file)?);
    }
    let name = |file: &PathBuf| file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let heads: Vec<String> = files.iter().map(name).collect();
    let mut text = include_str!("models.md").to_owned();
    let mut row =
        |what: &str, cells: Vec<String>| text += &format!("| {what} | {} |\n", cells.join(" | "));
    row("", heads.iter().map(|h| format!("`--model {h}`")).collect());
    row("---", heads.iter().map(|_| "---".into()).collect());
    let mut sizes = Vec::new();
    for file in &files {
        sizes.push(format!("{:.1} MB", std::fs::metadata(file)?.len() as f64 / 1e6));
    }
    row("file", sizes);
    let rate = |t: &Times| (MOLECULES - 1) as f64 / (median(&t.all) - median(&t.one)).max(1e-9);
    row("molecules/s a core, all tasks", times.iter().map(|t| format!("{:.0}", rate(t))).collect());
    row(
        "start and one molecule, processor time",
        times.iter().map(|t| format!("{:.0} ms", median(&t.one) * 1e3)).collect(),
    );
    let sets: std::collections::BTreeSet<&String> = figures.iter().flat_map(|f| f.keys()).collect();
    for set in sets {
        let cell = |f: &BTreeMap<String, String>| f.get(set).cloned().unwrap_or_else(|| "–".into());
        row(set, figures.iter().map(cell).collect());
    }
    print!("{text}");
    Ok(std::fs::write(root().join("docs/models.md"), text)?)
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The first molecules of ToxCast.
fn smiles() -> Result<Vec<String>> {
    let path = data().join("benchmarks/toxcast.csv.gz");
    let file = std::fs::File::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let column = table.headers()?.iter().position(|h| h == "smiles").ok_or("no column smiles")?;
    let rows = table.records().take(MOLECULES);
    rows.map(|row| Ok(row?[column].to_owned())).collect()
}

/// Seconds of processor time that predicting all tasks of `input` takes on one thread.
fn seconds(model: &Path, input: &Path) -> Result<f64> {
    let command = "TIMEFORMAT='%U %S'; time \"$0\" predict \"$1\" --threads 1 --model \"$2\" -o \"$3\" 2>/dev/null";
    let output = root().join("target/models/out.csv");
    let ran = Command::new("bash")
        .args(["-c", command])
        .arg(chmr())
        .args([input, model, &output])
        .output()?;
    let text = String::from_utf8(ran.stderr)?;
    let parts: Vec<f64> = text.split_whitespace().filter_map(|t| t.parse().ok()).collect();
    match (ran.status.success(), parts.as_slice()) {
        (true, [.., user, system]) => Ok(user + system),
        _ => Err(format!("{}: {text}", model.display()).into()),
    }
}

/// The mean figure of each data set on its validation split, as the model file has it.
fn valid(model: &Path) -> Result<BTreeMap<String, String>> {
    let out = Command::new(chmr()).args(["info", "--model"]).arg(model).output()?;
    let text = String::from_utf8(out.stdout)?;
    let mut figures = BTreeMap::new();
    for line in text.lines().filter(|l| l.contains(" mean ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [set, .., metric, value] = words[..] {
            figures.insert(format!("{set}, {metric}"), value.to_owned());
        }
    }
    if figures.is_empty() {
        std::io::stderr().write_all(&out.stderr)?;
        return Err(format!("{}: no figures", model.display()).into());
    }
    Ok(figures)
}
