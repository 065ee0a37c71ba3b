//! `cargo xtask evaluate`: the figures of a model on the benchmark files, through the command line
//! program.

use crate::Result;
use crate::parity::data;
use crate::run::{root, run};
use flate2::read::MultiGzDecoder;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

const USAGE: &str = "usage: cargo xtask evaluate [--data DIR|FILE] [--split train|valid|test] [--model FILE] [--by-task]

Runs `chmr predict` on benchmark files (smiles, split, task columns; .csv or .csv.gz; the letters and
digits that the name begins with are the data set's) and prints, for each, the mean over tasks: ROC-AUC % of classifications, mean
absolute error x 100 of regressions. Without --split every split that has labels is measured.";

/// The splits, in the order they are told.
const SPLITS: [&str; 3] = ["train", "valid", "test"];

#[derive(Default)]
struct Options {
    data: Option<PathBuf>,
    split: Option<String>,
    model: Option<PathBuf>,
    by_task: bool,
}

/// `cargo xtask evaluate`.
pub fn command(args: &[String]) -> Result {
    let mut options = Options::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(USAGE);
        match arg.as_str() {
            "--data" => options.data = Some(value()?.into()),
            "--split" => options.split = Some(value()?.clone()),
            "--model" => options.model = Some(std::path::absolute(value()?)?),
            "--by-task" => options.by_task = true,
            _ => return Err(USAGE.into()),
        }
    }
    if options.split.as_ref().is_some_and(|s| !SPLITS.contains(&s.as_str())) {
        return Err(USAGE.into());
    }
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--bin", "chmr", "--examples"])
        .current_dir(root()))?;
    let files = files(&options.data.clone().unwrap_or_else(|| data().join("benchmarks")))?;
    let mut measured = 0;
    for file in files {
        measured += evaluate(&file, &options).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    if measured == 0 { Err("no file had a label to measure".into()) } else { Ok(()) }
}

/// `path` itself, or the benchmark files in it.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.into()]);
    }
    let told = |e| format!("{}: {e}; name it with --data or CHMR_DATA", path.display());
    let mut files = std::fs::read_dir(path)
        .map_err(told)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|f| {
        f.to_string_lossy().ends_with(".csv.gz") || f.to_string_lossy().ends_with(".csv")
    });
    files.sort();
    Ok(files)
}

/// Measures one file; gives the number of splits that had labels.
fn evaluate(file: &Path, options: &Options) -> Result<usize> {
    let stem = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // `biogen.csv.gz`, but also `biogen_with_test_labels.csv`.
    let name = stem.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let truth = Table::read(&text(file)?)?;
    let smiles = truth.column("smiles")?;
    let split = truth.column("split")?;
    let tasks: Vec<usize> =
        (0..truth.header.len()).filter(|&c| c != smiles && c != split).collect();

    // Only the molecules asked for are predicted, from a file of their own.
    let wanted: Vec<usize> = (0..truth.rows.len())
        .filter(|&r| {
            let row = &truth.rows[r];
            let asked = options.split.as_ref().is_none_or(|s| *s == row[split]);
            asked && tasks.iter().any(|&c| !row[c].is_empty())
        })
        .collect();
    if wanted.is_empty() {
        return Ok(0);
    }
    let folder = root().join("target/evaluate");
    std::fs::create_dir_all(&folder)?;
    let (input, output) =
        (folder.join(format!("{name}.in.csv")), folder.join(format!("{name}.out.csv")));
    let mut writer = csv::Writer::from_path(&input)?;
    writer.write_record(["smiles"])?;
    for &r in &wanted {
        writer.write_record([&truth.rows[r][smiles]])?;
    }
    writer.flush()?;
    let mut command = Command::new(root().join("target/release/chmr"));
    command.arg("predict").arg(&input).arg("--output").arg(&output);
    command.args(["--smiles-column", "smiles", "--format", "csv", "--tasks", &format!("{name}/*")]);
    if let Some(model) = &options.model {
        command.arg("--model").arg(model);
    }
    let told = command.output()?;
    if !told.status.success() {
        return Err(String::from_utf8_lossy(&told.stderr).into_owned().into());
    }
    let predicted = Table::read(&std::fs::read(&output)?)?;
    if predicted.rows.len() != wanted.len() {
        return Err(format!("{} rows came back for {}", predicted.rows.len(), wanted.len()).into());
    }

    let mut measured = 0;
    for part in SPLITS {
        let rows: Vec<(usize, usize)> = wanted
            .iter()
            .enumerate()
            .filter(|(_, r)| truth.rows[**r][split] == part)
            .map(|(p, &r)| (p, r))
            .collect();
        let mut figures = Vec::new();
        let mut regression = false;
        for &c in &tasks {
            let task = format!("{name}/{}", truth.header[c]);
            let column = predicted.column(&task)?;
            let pairs = rows.iter().filter(|(_, r)| !truth.rows[*r][c].is_empty());
            let pairs =
                pairs.map(|&(p, r)| Ok((number(&truth.rows[r][c])?, &predicted.rows[p][column])));
            let pairs: Vec<(f64, &String)> = pairs.collect::<Result<_>>()?;
            regression |= pairs.iter().any(|(l, _)| *l != 0.0 && *l != 1.0);
            let known = pairs.iter().filter(|(_, v)| !v.is_empty());
            let known = known.map(|(l, v)| Ok((*l, number(v)?)));
            figures.push((task, known.collect::<Result<Vec<_>>>()?));
        }
        let figure = if regression { mean_absolute_error } else { roc_auc };
        let values: Vec<(&String, f64, usize)> = figures
            .iter()
            .filter_map(|(t, pairs)| figure(pairs).map(|v| (t, 100.0 * v, pairs.len())))
            .collect();
        if values.is_empty() {
            continue;
        }
        measured += 1;
        let mean = values.iter().map(|v| v.1).sum::<f64>() / values.len() as f64;
        let refused = rows.iter().filter(|(p, _)| predicted.is_refused(*p)).count();
        let metric = if regression { "MAE x 100" } else { "ROC-AUC %" };
        println!(
            "{name:<10} {part:<6} {metric} {mean:6.2}  ({} of {} tasks, {} molecules, {refused} refused)",
            values.len(),
            tasks.len(),
            rows.len(),
        );
        if options.by_task {
            for (task, value, n) in values {
                println!("    {task:<60} {value:6.2}  ({n})");
            }
        }
    }
    Ok(measured)
}

/// The text of a file, plain or `.gz`.
fn text(file: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(file)?;
    if file.extension().is_none_or(|e| e != "gz") {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text)?;
    Ok(text)
}

fn number(text: &str) -> Result<f64> {
    text.parse().map_err(|_| format!("'{text}' is no number").into())
}

/// A CSV file.
struct Table {
    header: Vec<String>,
    columns: HashMap<String, usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(text: &[u8]) -> Result<Self> {
        let mut reader = csv::Reader::from_reader(text);
        let strings = |record: &csv::StringRecord| record.iter().map(String::from).collect();
        let header: Vec<String> = strings(reader.headers()?);
        let columns = header.iter().cloned().enumerate().map(|(i, name)| (name, i)).collect();
        let rows = reader.records().map(|r| Ok(strings(&r?))).collect::<Result<_>>()?;
        Ok(Self { header, columns, rows })
    }

    fn column(&self, name: &str) -> Result<usize> {
        let found = self.columns.get(name).copied();
        found.ok_or_else(|| format!("there is no column '{name}'").into())
    }

    /// Whether a row of predictions has another status than `ok`.
    fn is_refused(&self, row: usize) -> bool {
        self.columns.get("status").is_some_and(|&c| self.rows[row][c] != "ok")
    }
}

/// Area under the ROC curve of (label, score) pairs; none unless both classes are there. Pairs of
/// equal scores count one half.
fn roc_auc(pairs: &[(f64, f64)]) -> Option<f64> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (mut won, mut below, mut positives) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.1 == b.1) {
        let up = tied.iter().filter(|p| p.0 > 0.5).count() as f64;
        let down = tied.len() as f64 - up;
        won += up * (below + down / 2.0);
        (below, positives) = (below + down, positives + up);
    }
    (positives > 0.0 && below > 0.0).then(|| won / (positives * below))
}

fn mean_absolute_error(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    (n > 0.0).then(|| pairs.iter().map(|(l, v)| (l - v).abs()).sum::<f64>() / n)
}

#[cfg(test)]
mod tests {
    use super::{mean_absolute_error, roc_auc};

    #[test]
    fn figures() {
        let pairs = [(0.0, 0.1), (0.0, 0.4), (1.0, 0.35), (1.0, 0.8)];
        assert_eq!(roc_auc(&pairs), Some(0.75));
        assert_eq!(roc_auc(&[(0.0, 0.5), (1.0, 0.5)]), Some(0.5));
        assert_eq!(roc_auc(&[(1.0, 0.5)]), None);
        assert_eq!(mean_absolute_error(&[(1.0, 2.0), (3.0, 3.0)]), Some(0.5));
        assert_eq!(mean_absolute_error(&[]), None);
    }
}
