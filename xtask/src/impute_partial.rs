//! Imputation of profiles of which some features were measured, held against the others: folds of molecules, through
//! `chmr impute --observed`.

use crate::Result;
use crate::impute_folds::{FOLDS, Molecule, fold_of, pearson, read};
use crate::reference::{Table, build, chmr};
use crate::run::{root, run};
use csv::StringRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Numbers of features that are given at random; half of all beside.
const GIVEN: [usize; 8] = [0, 1, 5, 10, 20, 50, 100, 200];
/// Size of the panels that are compared with as many random features.
const PANEL: usize = 50;
const COVERAGE: [&str; 2] = ["0.8", "0.95"];

/// What is given of a molecule.
enum Choice {
    /// So many features at random.
    Random(usize),
    /// Features that `chmr panel` chose of the other molecules.
    Panel(BTreeSet<usize>),
}

/// Of one molecule: r over the features that were not given, and shares of these within the intervals and within the spreads
/// that a normal distribution would have there.
struct Score {
    r: f64,
    within: [f64; 2],
    normal: [f64; 2],
}

/// What `table` gives, as Markdown.
pub fn report(table: &Table, path: &Path) -> Result<String> {
    let (headers, molecules) = read(table, path)?;
    let mut scores = BTreeMap::<(usize, String), Vec<Score>>::new();
    for fold in 0..FOLDS {
        let files = Files::write(table, &headers, &molecules, fold)?;
        let features = &files.features;
        let mut choices: Vec<(usize, String, Choice)> =
            GIVEN.iter().map(|&k| (k, k.to_string(), Choice::Random(k))).collect();
        let half = features.len() / 2;
        choices.push((half, format!("{half} (half)"), Choice::Random(half)));
        let panel = panel(table, &files)?;
        choices.push((usize::MAX, format!("{PANEL} chosen by `chmr panel`"), Choice::Panel(panel)));
        for (order, name, choice) in choices {
            let found = score(table, &files, &molecules, fold, &choice)?;
            scores.entry((order, name)).or_default().extend(found);
        }
    }
    let mut text = format!(
        "\n## {}{} with some features measured\n\n| given, of {} features | r on the others | within the 80 % interval | 95 % | within 1.28 spreads | 1.96 |\n|---|---|---|---|---|---|\n",
        table.modality[..1].to_uppercase(),
        &table.modality[1..],
        headers.len() - table.about.len(),
    );
    for ((_, name), scores) in &scores {
        let mean = |value: &dyn Fn(&Score) -> f64| {
            scores.iter().map(value).sum::<f64>() / scores.len() as f64
        };
        text += &format!(
            "| {name} | **{:.3}** | {:.3} | {:.3} | {:.3} | {:.3} |\n",
            mean(&|s| s.r),
            mean(&|s| s.within[0]),
            mean(&|s| s.within[1]),
            mean(&|s| s.normal[0]),
            mean(&|s| s.normal[1]),
        );
    }
    Ok(text)
}

/// A fold's files.
struct Files {
    test: PathBuf,
    library: PathBuf,
    observed: PathBuf,
    output: PathBuf,
    features: Vec<String>,
}

impl Files {
    fn write(
        table: &Table,
        headers: &StringRecord,
        molecules: &BTreeMap<String, Molecule>,
        fold: u64,
    ) -> Result<Self> {
        let folder = root().join("target/impute-partial");
        std::fs::create_dir_all(&folder)?;
        let at = |name: &str| folder.join(format!("{}-{name}", table.modality));
        let train = at("train.csv");
        let features = headers.iter().filter(|h| !table.about.contains(h)).map(str::to_owned);
        let files = Self {
            test: at("test.csv"),
            library: at("train.chmrlib"),
            observed: at("observed.csv"),
            output: at("imputed.csv"),
            features: features.collect(),
        };
        let mut to_train = csv::Writer::from_path(&train)?;
        let mut to_test = csv::Writer::from_path(&files.test)?;
        to_train.write_record(headers)?;
        to_test.write_record(["id", "smiles"])?;
        for (id, molecule) in molecules {
            match fold_of(id) == fold {
                true => to_test.write_record([id, &molecule.smiles])?,
                false => molecule.rows.iter().try_for_each(|row| to_train.write_record(row))?,
            }
        }
        to_train.flush()?;
        to_test.flush()?;
        build(table, &train, &files.library)?;
        Ok(files)
    }
}

fn panel(table: &Table, files: &Files) -> Result<BTreeSet<usize>> {
    let mut command = Command::new(chmr());
    command.args(["panel", "--modality", table.modality, "--size", &PANEL.to_string()]);
    let output = command.arg("--library").arg(&files.library).output()?;
    let text = String::from_utf8(output.stdout)?;
    let place = |line: &str| {
        let name = line.split('\t').nth(1)?;
        files.features.iter().position(|f| f == name)
    };
    let panel: BTreeSet<usize> = text.lines().skip(1).filter_map(place).collect();
    if panel.len() == PANEL { Ok(panel) } else { Err("chmr panel named too few features".into()) }
}

fn score(
    table: &Table,
    files: &Files,
    molecules: &BTreeMap<String, Molecule>,
    fold: u64,
    choice: &Choice,
) -> Result<Vec<Score>> {
    let features = files.features.len();
    let mut observed = csv::Writer::from_path(&files.observed)?;
    observed.write_record(["id"].into_iter().chain(files.features.iter().map(String::as_str)))?;
    let mut given = BTreeMap::new();
    for (id, molecule) in molecules.iter().filter(|(id, _)| fold_of(id) == fold) {
        let chosen = match choice {
            Choice::Random(count) => random(id, *count, features),
            Choice::Panel(panel) => panel.clone(),
        };
        let cell = |j: usize| match chosen.contains(&j) {
            true => molecule.profile[j].to_string(),
            false => String::new(),
        };
        observed.write_record([id.clone()].into_iter().chain((0..features).map(cell)))?;
        given.insert(id, chosen);
    }
    observed.flush()?;
    let mut command = Command::new(chmr());
    command.args(["impute", "--id-column=id", "--spread", "--modality", table.modality]);
    command.arg("--interval").arg(COVERAGE.join(","));
    command.arg("--observed").arg(&files.observed).arg("--library").arg(&files.library);
    run(command.arg(&files.test).arg("--output").arg(&files.output))?;
    let mut scores = Vec::new();
    for row in csv::Reader::from_path(&files.output)?.into_records() {
        let row = row?;
        if &row[2] != "ok" {
            continue;
        }
        let values: Vec<f64> =
            row.iter().skip(4).map(str::parse).collect::<std::result::Result<_, _>>()?;
        let truth = &molecules[&row[0]].profile;
        let chosen = &given[&row[0].to_owned()];
        let rest: Vec<usize> = (0..features).filter(|j| !chosen.contains(j)).collect();
        let of = |block: usize, j: usize| values[block * features + j];
        let share = |near: &dyn Fn(usize) -> bool| {
            rest.iter().filter(|&&j| near(j)).count() as f64 / rest.len() as f64
        };
        let pick = |all: &dyn Fn(usize) -> f64| rest.iter().map(|&j| all(j)).collect::<Vec<_>>();
        let within =
            |i: usize| share(&|j| (of(2 + 2 * i, j)..=of(3 + 2 * i, j)).contains(&truth[j]));
        let normal = |s: f64| share(&|j| (of(0, j) - truth[j]).abs() < s * of(1, j));
        scores.push(Score {
            r: pearson(&pick(&|j| of(0, j)), &pick(&|j| truth[j])),
            within: [within(0), within(1)],
            normal: [normal(1.281_55), normal(1.959_96)],
        });
    }
    Ok(scores)
}

/// So many features, the same for the same molecule every time, and those of a smaller number among those of a larger.
fn random(id: &str, count: usize, features: usize) -> BTreeSet<usize> {
    let mut state = id.bytes().fold(1u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b)));
    let mut order: Vec<usize> = (0..features).collect();
    for i in (1..features).rev() {
        // A linear congruential generator's upper bits (Knuth's constants).
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(i, ((state >> 33) % (i as u64 + 1)) as usize);
    }
    order.into_iter().take(count).collect()
}
