//! Imputation held against profiles that it did not see, through `chmr library build` and
//! `chmr impute`: folds of molecules, beside the mean profile and the nearest neighbour's.

use crate::Result;
use crate::reference::{Table, build, chmr};
use crate::run::{root, run};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;

pub const FOLDS: u64 = 5;
const STRATA: [(f64, f64); 4] = [(0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 1.01)];

/// A molecule: its text and the mean of its profiles.
pub struct Molecule {
    pub smiles: String,
    pub profile: Vec<f64>,
    pub rows: Vec<csv::StringRecord>,
}

/// How well one molecule was told: Pearson r over the features.
struct Score {
    fold: u64,
    nearest: f64,
    imputed: f64,
    /// By structure alone, as though the molecule were new.
    plain: f64,
    /// Share of the features whose measured value lies within 1.64 spreads of the imputed one.
    within: f64,
    /// Whether it was known how strongly it acts.
    active: bool,
    mean: f64,
    /// Of the mean of profiles brought to one magnitude each.
    equal: f64,
    /// Whether mechanism or targets were used.
    linked: bool,
    neighbor: f64,
}

/// What `table` gives, as Markdown.
pub fn report(table: &Table, path: &Path) -> Result<String> {
    let (headers, molecules) = read(table, path)?;
    let mut scores = Vec::new();
    for fold in 0..FOLDS {
        scores.extend(score(table, &headers, &molecules, fold)?);
    }
    let mut text = format!(
        "\n## {}{}: {} molecules\n\n| | molecules | imputed | by structure alone | mean profile | mean of equal profiles | nearest neighbour's profile | imputed less mean, pairwise | within 1.64 spreads |\n|---|---|---|---|---|---|---|---|---|\n",
        table.modality[..1].to_uppercase(),
        &table.modality[1..],
        scores.len()
    );
    let mut line = |name: &str, chosen: &dyn Fn(&Score) -> bool| {
        let of: Vec<&Score> = scores.iter().filter(|s| chosen(s)).collect();
        if of.is_empty() {
            return;
        }
        let told = |value: fn(&Score) -> f64| {
            let values: Vec<f64> = of.iter().map(|s| value(s)).collect();
            let (mean, half) = interval(&values);
            format!("{mean:.3} ± {half:.3}")
        };
        text += &format!(
            "| {name} | {} | **{}** | {} | {} | {} | {} | {} | {:.2} |\n",
            of.len(),
            told(|s| s.imputed),
            told(|s| s.plain),
            told(|s| s.mean),
            told(|s| s.equal),
            told(|s| s.neighbor),
            told(|s| s.imputed - s.mean),
            of.iter().map(|s| s.within).sum::<f64>() / of.len() as f64
        );
    };
    line("all", &|_| true);
    for (from, to) in STRATA {
        let name = match (from, to) {
            (_, 0.3) => "nearest observed molecule below 0.3".to_owned(),
            (0.7, _) => "0.7 and above".to_owned(),
            _ => format!("{from:.1} to {to:.1}"),
        };
        line(&name, &|s| (from..to).contains(&s.nearest));
    }
    line("known compound with shared terms", &|s| s.linked);
    line("known how strongly it acts", &|s| s.active);
    line("any other", &|s| !s.linked && !s.active);
    for fold in 0..FOLDS {
        line(&format!("fold {}", fold + 1), &|s| s.fold == fold);
    }
    Ok(text)
}

pub fn read(table: &Table, path: &Path) -> Result<(csv::StringRecord, BTreeMap<String, Molecule>)> {
    let delimiter = if table.file.contains(".tsv") { b'\t' } else { b',' };
    let file = GzDecoder::new(File::open(path)?);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(file);
    let headers = reader.headers()?.clone();
    let place = |name: &str| headers.iter().position(|h| h == name).ok_or("a column is absent");
    let (id, smiles) = (place("inchikey14")?, place("smiles")?);
    let features = feature_columns(table, &headers);
    let mut molecules = BTreeMap::<String, Molecule>::new();
    for row in reader.records() {
        let row = row?;
        let values: Vec<f64> =
            features.iter().map(|&c| row[c].parse()).collect::<std::result::Result<_, _>>()?;
        let molecule = molecules.entry(row[id].to_owned()).or_insert_with(|| Molecule {
            smiles: row[smiles].to_owned(),
            profile: vec![0.0; features.len()],
            rows: Vec::new(),
        });
        molecule.profile.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
        molecule.rows.push(row);
    }
    for molecule in molecules.values_mut() {
        let n = molecule.rows.len() as f64;
        molecule.profile.iter_mut().for_each(|v| *v /= n);
    }
    Ok((headers, molecules))
}

fn feature_columns(table: &Table, headers: &csv::StringRecord) -> Vec<usize> {
    (0..headers.len()).filter(|&c| !table.about.contains(&&headers[c])).collect()
}

/// FNV-1a of the id: the same molecules in a fold whatever else is in the table.
pub fn fold_of(id: &str) -> u64 {
    let hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    (hash >> 32) % FOLDS
}

fn score(
    table: &Table,
    headers: &csv::StringRecord,
    molecules: &BTreeMap<String, Molecule>,
    fold: u64,
) -> Result<Vec<Score>> {
    let folder = root().join("target/impute-folds");
    std::fs::create_dir_all(&folder)?;
    let (train, test) = (folder.join("train.csv"), folder.join("test.csv"));
    let (library, output) = (folder.join("train.chmrlib"), folder.join("imputed.csv"));
    let (mut to_train, mut to_test) =
        (csv::Writer::from_path(&train)?, csv::Writer::from_path(&test)?);
    to_train.write_record(headers)?;
    to_test.write_record(["id", "smiles"])?;
    let features = feature_columns(table, headers).len();
    let (mut mean, mut equal, mut count) = (vec![0.0; features], vec![0.0; features], 0.0);
    for (id, molecule) in molecules {
        if fold_of(id) == fold {
            to_test.write_record([id, &molecule.smiles])?;
            continue;
        }
        mean.iter_mut().zip(&molecule.profile).for_each(|(sum, v)| *sum += v);
        let size = magnitude(&molecule.profile);
        equal.iter_mut().zip(&molecule.profile).for_each(|(sum, v)| *sum += v / size);
        count += 1.0;
        for row in &molecule.rows {
            to_train.write_record(row)?;
        }
    }
    mean.iter_mut().for_each(|v| *v /= count);
    to_train.flush()?;
    to_test.flush()?;
    build(table, &train, &library)?;
    let impute = |output: &Path, more: &[&str]| {
        let mut command = Command::new(chmr());
        command.args(["impute", "--id-column=id", "--modality", table.modality]).args(more);
        run(command.arg(&test).arg("--library").arg(&library).arg("--output").arg(output))?;
        csv::Reader::from_path(output)?
            .into_records()
            .map(|row| Ok(row?))
            .filter(|row| row.as_ref().map_or(true, |r| &r[2] == "ok"))
            .collect::<Result<Vec<_>>>()
    };
    let rows = impute(&output, &["--spread"])?;
    let plain = impute(&output, &["--structure-only"])?;
    let mut scores = Vec::new();
    for (row, plain) in rows.iter().zip(&plain) {
        let values = |row: &csv::StringRecord| -> Result<Vec<f64>> {
            Ok(row.iter().skip(4).map(str::parse).collect::<std::result::Result<_, _>>()?)
        };
        let (mut imputed, plain) = (values(row)?, values(plain)?);
        let spread = imputed.split_off(features);
        let truth = &molecules[&row[0]].profile;
        let pair = |name: &str| row[3].split(' ').find_map(|f| f.strip_prefix(name));
        let source = pair("from=").unwrap_or("").split('|').next().unwrap_or("");
        let neighbor = source.rsplit_once(':').map(|(id, _)| &molecules[id].profile);
        scores.push(Score {
            fold,
            nearest: pair("nearest=").unwrap_or("0").parse()?,
            imputed: pearson(&imputed, truth),
            mean: pearson(&mean, truth),
            equal: pearson(&equal, truth),
            plain: pearson(&plain, truth),
            within: within(&imputed, &spread, truth),
            active: row[3].starts_with("activity "),
            linked: pair("shared=").unwrap_or("0") != "0",
            neighbor: neighbor.map_or(0.0, |n| pearson(n, truth)),
        });
    }
    Ok(scores)
}

fn within(imputed: &[f64], spread: &[f64], truth: &[f64]) -> f64 {
    let near =
        imputed.iter().zip(spread).zip(truth).filter(|((v, s), t)| (*v - *t).abs() < 1.64 * *s);
    near.count() as f64 / truth.len() as f64
}

/// Standard deviation about the profile's own mean; 1 for a flat one.
fn magnitude(profile: &[f64]) -> f64 {
    let n = profile.len() as f64;
    let mean = profile.iter().sum::<f64>() / n;
    let variance = profile.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    if variance > 0.0 { variance.sqrt() } else { 1.0 }
}

pub fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

/// The mean and half the width of its 95 % interval.
fn interval(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, 1.96 * (variance / n).sqrt())
}
