//! The default model's reference library: `cargo xtask reference` builds it of the public tables and
//! puts it into the model; `cargo xtask impute-folds` says what it is worth.

use crate::Result;
use crate::parity::data;
use crate::run::{root, run};
use crate::{impute_folds, impute_partial};
use flate2::read::GzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A table of profiles and how it is read. Scale, balance, power and noise were chosen on folds of
/// these very tables, by `impute-folds`.
pub struct Table {
    pub modality: &'static str,
    pub file: &'static str,
    /// Arguments of `chmr library build`.
    pub arguments: &'static [&'static str],
    /// How strongly compounds act: a table, and its columns, whose logarithms count.
    pub activity: (&'static str, &'static [&'static str]),
    /// Columns that are no features.
    pub about: &'static [&'static str],
}

pub const TABLES: [Table; 2] = [
    Table {
        modality: "expression",
        file: "pretrain/expression/l1000_consensus.tsv.gz",
        arguments: &[
            "--scale=linear",
            "--balance=0.75",
            "--power=2",
            "--noise=3",
            "--context-weight=0.1",
            "--activity-weight=0.3",
            "--source=consensus signatures of L1000 (LINCS); what compounds share: Drug Repurposing Hub",
            "--licence=CC BY 4.0",
        ],
        activity: (
            "pretrain/expression/l1000_activity_counts.csv.gz",
            &["num_sig", "down-measured", "up-measured", "down-imputed", "up-imputed"],
        ),
        about: &["inchikey14", "smiles"],
    },
    Table {
        modality: "morphology",
        file: "pretrain/morphology/jump_profiles748.csv.gz",
        arguments: &[
            "--scale=linear",
            "--balance=1",
            "--power=2",
            "--noise=10",
            "--activity-weight=1",
            "--ignore=source",
            "--source=Cell Painting profiles of JUMP-CP",
            "--licence=CC0",
        ],
        activity: ("pretrain/morphology/jump_activity.csv.gz", &["mean_average_precision"]),
        about: &["inchikey14", "smiles", "source"],
    },
];

/// Mechanisms and targets of known compounds. They help with expression alone: docs/imputation.md.
const CONTEXT: &str = "pretrain/graph/repurposing_hub.csv.gz";
/// Where known compounds are written in other forms.
const FORMS: [&str; 2] = [
    "pretrain/expression/l1000_consensus.tsv.gz",
    "pretrain/expression/l1000_activity_counts.csv.gz",
];
const GENES: &str = "pretrain/expression/genes.tsv.gz";

/// The library file of `table`, read from `profiles`.
pub fn build(table: &Table, profiles: &Path, output: &Path) -> Result {
    let mut command = Command::new(chmr());
    command.args(["library", "build", "--id-column=inchikey14", "--modality", table.modality]);
    command.arg("--profiles").arg(profiles).arg("--output").arg(output).args(table.arguments);
    if table.modality == "expression" {
        command.arg("--labels").arg(data().join(GENES));
        command.arg("--context").arg(context()?).arg("--context-columns=moa,target");
    }
    let columns = table.activity.1.join(",");
    command.arg("--activity").arg(activity(table)?).arg("--activity-columns").arg(columns);
    run(&mut command)
}

/// Known compounds, in every form that a table writes them in: the same compound, by its InChIKey, may be another
/// tautomer elsewhere, and is found by its fingerprint.
fn context() -> Result<PathBuf> {
    let forms = forms()?;
    let path = root().join("target/context.csv");
    let mut output = csv::Writer::from_path(&path)?;
    output.write_record(["smiles", "moa", "target"])?;
    for row in table(CONTEXT)?.deserialize::<BTreeMap<String, String>>() {
        let row = row?;
        let own = BTreeSet::from([row["smiles"].clone()]);
        for smiles in own.union(forms.get(&row["inchikey14"]).unwrap_or(&own)) {
            output.write_record([smiles, &row["moa"], &row["target"]])?;
        }
    }
    output.flush()?;
    Ok(path)
}

/// The forms, by InChIKey, that compounds are written in.
fn forms() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut forms = BTreeMap::<String, BTreeSet<String>>::new();
    for file in FORMS {
        let mut table = table(file)?;
        for row in table.deserialize::<BTreeMap<String, String>>() {
            let row = row?;
            forms.entry(row["inchikey14"].clone()).or_default().insert(row["smiles"].clone());
        }
    }
    Ok(forms)
}

/// Logarithms of how strongly compounds act, in every form that they are written in.
fn activity(of: &Table) -> Result<PathBuf> {
    let (file, columns) = of.activity;
    let forms = forms()?;
    let path = root().join(format!("target/activity_{}.csv", of.modality));
    let mut output = csv::Writer::from_path(&path)?;
    output.write_record(["smiles"].iter().chain(columns))?;
    for row in table(file)?.deserialize::<BTreeMap<String, String>>() {
        let row = row?;
        let own = BTreeSet::from([row["smiles"].clone()]);
        let key = row.get("inchikey14");
        // Counts may be 0, a mean average precision is above it.
        let offset = if key.is_some() { 1.0 } else { 0.0 };
        let mut values = Vec::new();
        for column in columns {
            let cell = &row[*column];
            values.push(match cell.as_str() {
                "" => String::new(),
                cell => format!("{:.4}", (cell.parse::<f64>()? + offset).ln()),
            });
        }
        for smiles in own.union(key.and_then(|key| forms.get(key)).unwrap_or(&own)) {
            output.write_record([smiles].into_iter().chain(&values))?;
        }
    }
    output.flush()?;
    Ok(path)
}

fn table(file: &str) -> Result<csv::Reader<impl std::io::Read>> {
    let delimiter = if file.contains(".tsv") { b'\t' } else { b',' };
    let file = GzDecoder::new(File::open(data().join(file))?);
    Ok(csv::ReaderBuilder::new().delimiter(delimiter).from_reader(file))
}

/// The command line program; [`compile`] makes it.
pub fn chmr() -> PathBuf {
    root().join("target/release/chmr")
}

/// Builds the command line program, with the examples so that the dependencies are those of the tests.
pub fn compile() -> Result {
    run(Command::new(env!("CARGO"))
        .args(["build", "--release", "--bin", "chmr", "--examples"])
        .current_dir(root()))
}

/// `cargo xtask reference [MODEL [OUTPUT]]`: `models/default.chmr` in place if absent.
pub fn command(args: &[String]) -> Result {
    let model = args.first().map_or_else(|| root().join("models/default.chmr"), PathBuf::from);
    compile()?;
    let mut attach = Command::new(chmr());
    attach.args(["library", "attach"]).arg("--model").arg(&model);
    match args.get(1) {
        Some(output) => attach.arg("--output").arg(output),
        None => attach.arg("--in-place"),
    };
    for table in &TABLES {
        let library = root().join(format!("target/{}.chmrlib", table.modality));
        build(table, &data().join(table.file), &library)?;
        attach.arg("--library").arg(library);
    }
    run(&mut attach)
}

/// The model that trust in the default model is measured with: its networks did not learn from the validation splits.
const TWIN: &str = "runs/chmr-default/chmr-default-twin.chmr";

/// `cargo xtask calibrate [MODEL [OUTPUT]]`: `models/default.chmr` in place if absent, and docs/trust.md with it. That one needs
/// its twin, which `pack --config default` leaves in the run's folder.
pub fn calibrate(args: &[String]) -> Result {
    let model = args.first().map_or_else(|| root().join("models/default.chmr"), PathBuf::from);
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--release", "--manifest-path", "training/Cargo.toml", "--"]);
    command.arg("calibrate").arg("--model").arg(&model).arg("--data").arg(data());
    match args.get(1) {
        Some(output) => command.arg("--output").arg(output),
        None => command.arg("--in-place"),
    };
    if args.is_empty() && root().join(TWIN).exists() {
        command.arg("--twin").arg(root().join(TWIN));
    }
    eprintln!("$ {command:?}");
    let output = command.current_dir(root()).stderr(Stdio::inherit()).output()?;
    let tables = String::from_utf8(output.stdout)?;
    print!("{tables}");
    if !output.status.success() {
        return Err(output.status.to_string().into());
    }
    if args.is_empty() {
        std::fs::write(
            root().join("docs/trust.md"),
            format!("{}{tables}", include_str!("trust.md")),
        )?;
    }
    Ok(())
}

/// `cargo xtask impute-folds [MODALITY]`; of all, docs/imputation.md.
pub fn folds(args: &[String]) -> Result {
    compile()?;
    let text = reports(args, &[impute_partial::report, impute_folds::report])?;
    if let Some(text) = text.filter(|_| args.is_empty()) {
        let about = include_str!("imputation.md");
        std::fs::write(root().join("docs/imputation.md"), format!("{about}{text}"))?;
    }
    Ok(())
}

/// `cargo xtask impute-partial [MODALITY]`: its part of the above, printed alone.
pub fn partial(args: &[String]) -> Result {
    compile()?;
    reports(args, &[impute_partial::report]).map(drop)
}

type Report = fn(&Table, &Path) -> Result<String>;

/// What `kinds` of report say of each table, or of the modality that is named; none where a table is absent.
fn reports(args: &[String], kinds: &[Report]) -> Result<Option<String>> {
    let (mut text, mut whole) = (String::new(), true);
    for report in kinds {
        for table in TABLES.iter().filter(|t| args.first().is_none_or(|a| a == t.modality)) {
            let path = data().join(table.file);
            if path.exists() {
                let told = report(table, &path)?;
                print!("{told}");
                text += &told;
            } else {
                whole = false;
                println!("{}: skipped, there is no {}", table.modality, path.display());
            }
        }
    }
    Ok(whole.then_some(text))
}
