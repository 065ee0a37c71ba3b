//! The command line of training.

use chmr::features::Standardizer;
use chmr::files::Output;
use chmr_training::benchmark::Benchmark;
use chmr_training::benchmark::data_folder;
use chmr_training::config::Config;
use chmr_training::data::prepare_scaled;
use chmr_training::distil::DistilConfig;
use chmr_training::ensemble::Part;
use chmr_training::finetune::{self, extend};
use chmr_training::pack::Networks;
use chmr_training::pretrain::{Options, pretrain};
use chmr_training::report::{self, Report};
use chmr_training::{
    Result, ablate, adme, assays, calibration, distil, ensemble, evaluate, export, folds,
    hierarchy, keep, pack,
};
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

#[path = "../../src/bin/chmr/signals.rs"]
#[allow(dead_code, reason = "nothing is mapped here")]
mod signals;

/// Trains chmr's models.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Reads and featurises what pretraining learns from; kept in the run's folder.
    Prepare(Run),
    /// Prepares, then pretrains the backbone; goes on where it stopped.
    Pretrain {
        #[command(flatten)]
        run: Run,
        /// Computes on the first GPU; needs a build with the feature `cuda`.
        #[arg(long)]
        gpu: bool,
    },
    /// Trains the students of a teacher's values; goes on where it stopped.
    Distil {
        #[command(flatten)]
        run: Run,
        /// Folder of the teacher's values, which training/teachers makes; default: CHMR_TEACHER, or runs/teacher.
        #[arg(long)]
        teacher: Option<PathBuf>,
    },
    /// Trains the network of public assays that heads read; goes on where it stopped.
    Assays(Run),
    /// Grows the hierarchy that `chmr encode` places molecules in, on the students' values.
    Hierarchy(Run),
    /// Measures a configuration by repeated folds over scaffolds of the training and validation rows, and what changes to it are
    /// worth.
    Folds {
        #[command(flatten)]
        run: Run,
        /// Measure this data set only; may be given again.
        #[arg(long)]
        dataset: Vec<String>,
        /// A line of TOML that changes the configuration, such as 'datasets.biogen.hidden = 256'; may be given again. Both are
        /// measured then, on the same folds.
        #[arg(long = "with", value_name = "TOML")]
        changes: Vec<String>,
        /// Parts that the rows are cut into.
        #[arg(long, default_value_t = 5)]
        folds: usize,
        /// Times that this is done.
        #[arg(long, default_value_t = 1)]
        repeats: u64,
    },
    /// Trains every head of a configuration that the run's folder does not hold yet, on the run's frozen backbone
    /// where the configuration has one. `finetune --config` is the same.
    Train(Run),
    /// Writes the pretrained networks and the trained heads as ONNX, the codebook as safetensors.
    Export {
        #[command(flatten)]
        run: Run,
        /// The folder; default: `export` in the run's.
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Trains what is missing, then writes the model file.
    Pack {
        #[command(flatten)]
        run: Run,
        /// The model file; default: <name>.chmr in the run's folder.
        #[arg(long)]
        output: Option<PathBuf>,
        /// A model card to pack; `{figures}` in it becomes the table of validation figures.
        #[arg(long)]
        card: Option<PathBuf>,
    },
    /// Gives a model file another model card, or the reference library of another file.
    Amend {
        /// The model file.
        #[arg(long)]
        model: PathBuf,
        /// The card, Markdown.
        #[arg(long, required_unless_present = "library_of")]
        card: Option<PathBuf>,
        /// The model file whose reference library is taken.
        #[arg(long, value_name = "FILE")]
        library_of: Option<PathBuf>,
        /// The model file to write.
        #[arg(long, required_unless_present = "in_place")]
        output: Option<PathBuf>,
        /// Writes the model file anew.
        #[arg(long, conflicts_with = "output")]
        in_place: bool,
    },
    /// Measures intervals, calibration and domains on the validation splits and writes them into a model file.
    Calibrate {
        /// The model file.
        #[arg(long)]
        model: PathBuf,
        /// The model file that did not learn from the validation splits, where `model` did: `pack` leaves it in the run's folder.
        #[arg(long)]
        twin: Option<PathBuf>,
        /// The model file to write.
        #[arg(long, required_unless_present = "in_place")]
        output: Option<PathBuf>,
        /// Writes the model file anew.
        #[arg(long, conflicts_with = "output")]
        in_place: bool,
        /// Folder of the data; default: CHMR_DATA, or ../shared/data beside the checkout.
        #[arg(long)]
        data: Option<PathBuf>,
        /// Threads; 0 for as many as the machine has.
        #[arg(long, default_value_t = 0)]
        threads: usize,
    },
    /// Trains heads for a table of measurements on a frozen model and adds them to its file; with `--config NAME`
    /// instead, the heads of a configuration, as `train` does.
    Finetune(Box<finetune::Options>),
    /// Measures a model file, or the heads of a configuration, on files with labels.
    Evaluate {
        /// A TOML file, or the name of one in training/configs: what `pack` would make of its run now.
        #[arg(long, required_unless_present = "model", conflicts_with = "model")]
        config: Option<String>,
        /// The configuration's folder; default: runs/<name>.
        #[arg(long, requires = "config")]
        run: Option<PathBuf>,
        /// The model file.
        #[arg(long)]
        model: Option<PathBuf>,
        /// A CSV file, or a folder of them: SMILES, maybe `split`, columns called as the model's tasks are. Default
        /// with a configuration: its data sets.
        #[arg(long, required_unless_present = "config")]
        data: Option<PathBuf>,
        /// Name of the data set; default: the letters and digits that the file's name begins with.
        #[arg(long)]
        dataset: Option<String>,
        /// A line for every task too.
        #[arg(long)]
        by_task: bool,
        /// Writes the figures as JSON.
        #[arg(long)]
        json: Option<PathBuf>,
    },
    /// Pretrains with one part left out or replaced at a time, and measures heads on what comes of it.
    Ablate {
        #[command(flatten)]
        run: Run,
        /// Seeds of every variant.
        #[arg(long, default_value_t = 3)]
        seeds: u64,
        /// A variant, by its name in the table; all if absent.
        #[arg(long = "variant")]
        variants: Vec<String>,
    },
}

#[derive(clap::Args)]
struct Run {
    /// A TOML file, or the name of one in training/configs.
    #[arg(long)]
    config: String,
    /// Folder of the data; default: CHMR_DATA, or ../shared/data beside the checkout.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder that keeps the trained networks; default: runs/<name>.
    #[arg(long)]
    run: Option<PathBuf>,
}

impl Run {
    /// File of the configuration.
    fn file(&self) -> PathBuf {
        let named = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("configs")
            .join(format!("{}.toml", self.config));
        if named.exists() { named } else { self.config.clone().into() }
    }

    /// The configuration, the folder of the data and that of the run.
    fn open(&self) -> Result<(Config, PathBuf, PathBuf)> {
        let config = Config::read(&self.file())?;
        let data = self.data.clone().unwrap_or_else(data_folder);
        let folder = self.run.clone().unwrap_or_else(|| Path::new("runs").join(&config.name));
        Ok((config, data, folder))
    }

    fn prepare(&self) -> Result<()> {
        let (config, data, folder) = self.open()?;
        let section = config.prepare.clone().ok_or("the configuration has no section [prepare]")?;
        let prepared = prepare_scaled(&section, scale(&config.distil, &folder)?, &data, &folder)?;
        say(&prepared.index.summary())
    }

    fn pretrain(&self, gpu: bool) -> Result<()> {
        let (config, data, folder) = self.open()?;
        let absent = |name| format!("the configuration has no section [{name}]");
        let section = config.prepare.clone().ok_or_else(|| absent("prepare"))?;
        let settings = config.pretrain.clone().ok_or_else(|| absent("pretrain"))?;
        let device = if gpu { Some(candle_core::Device::new_cuda(0)?) } else { None };
        let prepared = prepare_scaled(&section, scale(&config.distil, &folder)?, &data, &folder)?;
        let options = Options { device, stop_after: None };
        let history = pretrain(&settings, &prepared, &folder, &options)?;
        let mut report = report::pretrained(&format!("Pretraining: {}", config.name), &history);
        let (drawings, hierarchy) = report::learned(&prepared, &folder)?;
        report.drawings.extend(drawings);
        report.metrics["hierarchy"] = hierarchy;
        write_report(&report, &folder, "pretrain")?;
        say(&format!(
            "best epoch {} of {}: {}\n",
            history.best,
            history.epochs.len(),
            history.ended
        ))
    }

    fn distil(&self, teacher: Option<PathBuf>) -> Result<()> {
        let teacher = teacher
            .or_else(|| std::env::var_os("CHMR_TEACHER").map(PathBuf::from))
            .unwrap_or_else(|| "runs/teacher".into());
        let (config, _, folder) = self.open()?;
        let section = config.distil.ok_or("the configuration has no section [distil]")?;
        distil::distil(&section, &teacher, &folder, &distil::Options::default())
    }

    fn assays(&self) -> Result<()> {
        let (config, data, folder) = self.open()?;
        let section = config.assays.as_ref().ok_or("the configuration has no section [assays]")?;
        let structure = ensemble::before_heads(&config, &data, &folder, Part::First)?;
        assays::train(section, &structure, &data, &folder)
    }

    fn hierarchy(&self) -> Result<()> {
        let (config, data, folder) = self.open()?;
        let section = config.hierarchy.as_ref();
        let section = section.ok_or("the configuration has no section [hierarchy]")?;
        let structure = ensemble::before_heads(&config, &data, &folder, Part::First)?;
        hierarchy::grow(section, &structure, &data, &folder)
    }

    fn folds(&self, changes: &[String], options: &folds::Options) -> Result<()> {
        let (config, data, folder) = self.open()?;
        let all = folds::folds(&config, &data, &folder, options)?;
        let changed = match changes.is_empty() {
            true => None,
            false => {
                let config = Config::read_with(&self.file(), changes)?;
                Some(folds::folds(&config, &data, &folder, options)?)
            }
        };
        let valid = ensemble::kept_figures(&folder)?;
        say(&folds::table(&all, &valid, changed.as_deref()))
    }

    /// Trains, and the table of figures.
    fn train(&self) -> Result<(Config, ensemble::Trained, String)> {
        let (config, data, folder) = self.open()?;
        let trained = ensemble::train(&config, &data, &folder)?;
        let report = report::trained(&format!("Training: {}", config.name), &trained, &folder)?;
        write_report(&report, &folder, "train")?;
        let table = pack::table(&trained);
        Ok((config, trained, table))
    }

    fn export(&self, output: Option<&Path>) -> Result<()> {
        let (config, _, folder) = self.open()?;
        let to = output.map_or_else(|| folder.join("export"), Path::to_owned);
        let index = export::export(&folder, |set| config.reads(set), &config.shares(), &to)?;
        eprintln!("{}: {} networks", to.display(), index.networks.len());
        let line =
            |n: &export::Entry| format!("{}: {} -> {}\n", n.name, n.reads.join(" + "), n.outputs);
        say(&index.networks.iter().map(line).collect::<String>())
    }

    /// What a model file is packed of, with `card` as its model card, and the table of figures.
    fn pack(&self, card: &str) -> Result<Packed> {
        let (_, _, folder) = self.open()?;
        let (config, trained, table) = self.train()?;
        let card = card.replace("{figures}", &table);
        let file = |networks| pack::pack(&config, &trained, networks, &card, &folder);
        let shipped = match trained.sets.iter().any(|s| s.shipped.is_some()) {
            true => Some(file(Networks::Shipped)?),
            false => None,
        };
        Ok(Packed { measured: file(Networks::Measured)?, shipped, table })
    }

    fn ablate(&self, options: ablate::Options) -> Result<()> {
        let (config, data, folder) = self.open()?;
        let absent = |name| format!("the configuration has no section [{name}]");
        let section = config.prepare.as_ref().ok_or_else(|| absent("prepare"))?;
        let settings = config.pretrain.as_ref().ok_or_else(|| absent("pretrain"))?;
        let prepared = prepare_scaled(section, scale(&config.distil, &folder)?, &data, &folder)?;
        let rows = ablate::ablate(&config, settings, &prepared, &data, &folder, &options)?;
        let text = ablate::markdown(&rows, ablate::metric);
        keep::write(&folder.join("ablation.json"), serde_json::to_vec_pretty(&rows)?)?;
        keep::write(&folder.join("ablation.md"), &text)?;
        say(&text)
    }
}

/// A run's model files.
struct Packed {
    /// Of the networks that figures were measured on.
    measured: Vec<u8>,
    /// Of those that learnt from the validation splits, too, if there are any.
    shipped: Option<Vec<u8>>,
    table: String,
}

/// The scale of the descriptors that a run's students have, if they have one.
fn scale(students: &Option<DistilConfig>, run: &Path) -> Result<Option<Standardizer>> {
    students.as_ref().map_or(Ok(None), |config| distil::stages::standardizer(config, run))
}

/// The reader of standard output has gone.
static UNHEARD: AtomicBool = AtomicBool::new(false);

/// Prints a result, behind everything that is to be written to files: whether anybody reads it decides about the exit status only.
fn say(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => UNHEARD.store(true, Ordering::Relaxed),
        other => other.map_err(|e| format!("standard output: {e}"))?,
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse_from(named());
    let result = signals::remove_unfinished(&keep::UNFINISHED);
    match result.map_err(Into::into).and_then(|()| run(arguments.command)) {
        Ok(()) if UNHEARD.load(Ordering::Relaxed) => ExitCode::from(signals::broken_pipe()),
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Prepare(run) => run.prepare(),
        Command::Pretrain { run, gpu } => run.pretrain(gpu),
        Command::Distil { run, teacher } => run.distil(teacher),
        Command::Assays(run) => run.assays(),
        Command::Hierarchy(run) => run.hierarchy(),
        Command::Folds { run, dataset: datasets, changes, folds, repeats } => {
            run.folds(&changes, &folds::Options { repeats, folds, datasets })
        }
        Command::Train(run) => run.train().and_then(|(_, _, table)| say(&table)),
        Command::Export { run, output } => run.export(output.as_deref()),
        Command::Pack { run, output, card } => {
            write_model(&run, output.as_deref(), card.as_deref())
        }
        Command::Amend { model, card, library_of, output, in_place: _ } => {
            write_amended(&model, card.as_deref(), library_of.as_deref(), output.as_deref())
        }
        Command::Calibrate { model, twin, output, in_place: _, data, threads } => {
            write_calibrated(&model, twin.as_deref(), output.as_deref(), data, threads)
        }
        Command::Finetune(options) => write_finetuned(&options),
        Command::Evaluate { config: Some(config), run, data, dataset, by_task, json, .. } => {
            let run = Run { config, data: None, run };
            run.open().and_then(|(settings, ..)| {
                let kept = |files: &[PathBuf]| {
                    let read = files.iter().map(|f| Some(f.as_path()));
                    let folder = run.open().map(|(.., folder)| folder).unwrap_or_default();
                    keep::read_run(keep::read(read.chain([Some(run.file().as_path())])), &folder)
                };
                let (model, files) = evaluate_run(&run, data.as_deref())?;
                let options = (dataset.as_deref(), settings.default.rows);
                let json =
                    json.as_deref().map(|path| keep::begin(path, &kept(&files))).transpose()?;
                measure(&model, files, options, by_task, json)
            })
        }
        Command::Evaluate { model, data, dataset, by_task, json, .. } => {
            // clap sees to it that both are given.
            let (model, data) = (model.unwrap_or_default(), data.unwrap_or_default());
            chmr::Model::open(&model).map_err(Into::into).and_then(|opened| {
                let options = (dataset.as_deref(), None);
                let files = tables(&data)?;
                let read = files.iter().chain([&model]).map(|f| Some(f.as_path()));
                let json = json.as_deref().map(|path| keep::begin(path, &keep::read(read)));
                measure(&opened, files, options, by_task, json.transpose()?)
            })
        }
        Command::Ablate { run, seeds, variants } => run.ablate(ablate::Options { seeds, variants }),
    }
}

/// The program's arguments, `finetune --config` by its other name.
fn named() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let config =
        |a: &OsString| a == "--config" || a.to_str().is_some_and(|a| a.starts_with("--config="));
    if arguments.get(1).is_some_and(|a| a == "finetune") && arguments.iter().any(config) {
        arguments[1] = "train".into();
    }
    arguments
}

/// Puts a model file into an output that was begun before the work, so that no work is done for a file that cannot be written.
fn finish(mut output: Output, path: &Path, file: &[u8]) -> Result<()> {
    output.write_all(file)?;
    output.commit()?;
    eprintln!("{}: {:.1} MB", path.display(), file.len() as f64 / 1e6);
    Ok(())
}

fn write_model(run: &Run, output: Option<&Path>, card: Option<&Path>) -> Result<()> {
    let text = match card {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?
        }
        None => "# Model card\n\n{figures}".into(),
    };
    let (config, data, folder) = run.open()?;
    let read = keep::read([Some(run.file().as_path()), card, Some(&data)]);
    let path = output.map_or_else(|| folder.join(format!("{}.chmr", config.name)), Path::to_owned);
    if output.is_none() {
        std::fs::create_dir_all(&folder)?;
    }
    let output = keep::begin(&path, &keep::read_run(read, &folder))?;
    let packed = run.pack(&text)?;
    let measured = chmr::Model::from_bytes(packed.measured.clone())?;
    let (bytes, trust) = match packed.shipped {
        None => calibrated(&measured, None, &data, 0)?,
        Some(shipped) => {
            let beside = folder.join(format!("{}-twin.chmr", config.name));
            keep::write(&beside, &packed.measured)?;
            eprintln!("{}: without the validation split", beside.display());
            calibrated(&chmr::Model::from_bytes(shipped)?, Some(&measured), &data, 0)?
        }
    };
    finish(output, &path, &bytes)?;
    say(&(packed.table + &trust))
}

/// The file of `model` with the trust that the validation splits in `data` justify, and the table.
fn calibrated(
    model: &chmr::Model,
    twin: Option<&chmr::Model>,
    data: &Path,
    threads: usize,
) -> Result<(Vec<u8>, String)> {
    let mut names: Vec<&str> = model.tasks().iter().map(|t| t.dataset.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| chmr_training::benchmark::about(name).is_some());
    let read = |name: &&str| match *name {
        adme::DATASET => adme::whole(data),
        name => Benchmark::read(data, name),
    };
    let sets = names.iter().map(read).collect::<Result<Vec<_>>>()?;
    calibration::calibrate(model, twin, &sets.iter().collect::<Vec<_>>(), threads)
}

fn write_amended(
    path: &Path,
    card: Option<&Path>,
    library_of: Option<&Path>,
    output: Option<&Path>,
) -> Result<()> {
    let mut model = chmr::Model::open(path)?;
    let to = output.unwrap_or(path);
    let output = keep::begin(to, &keep::read([card, library_of, output.and(Some(path))]))?;
    if let Some(card) = card {
        let text = std::fs::read_to_string(card).map_err(|e| format!("{}: {e}", card.display()))?;
        model = chmr::Model::from_bytes(pack::with_card(&model, &text)?)?;
    }
    if let Some(other) = library_of {
        let library = chmr::Model::open(other)?.library().cloned();
        let library =
            library.ok_or_else(|| format!("{}: no reference library", other.display()))?;
        model = model.with_library(library)?;
    }
    finish(output, to, &model.to_bytes()?)
}

fn write_calibrated(
    path: &Path,
    twin: Option<&Path>,
    output: Option<&Path>,
    data: Option<PathBuf>,
    threads: usize,
) -> Result<()> {
    let (model, data) = (chmr::Model::open(path)?, data.unwrap_or_else(data_folder));
    let read = keep::read([Some(data.as_path()), twin, output.and(Some(path))]);
    let to = output.unwrap_or(path);
    let output = keep::begin(to, &read)?;
    let twin = twin.map(chmr::Model::open).transpose()?;
    let (file, table) = calibrated(&model, twin.as_ref(), &data, threads)?;
    finish(output, to, &file)?;
    say(&table)
}

/// Bad rows told of at the terminal; the rest is counted.
const SHOWN: usize = 20;

fn write_finetuned(options: &finetune::Options) -> Result<()> {
    let files = [Some(options.data.as_path()), Some(&options.model), options.split.as_deref()];
    let read = keep::read_run(keep::read(files), &options.run());
    let output = keep::begin(&options.output, &read)?;
    let json = options.json.as_deref().map(|path| keep::begin(path, &read)).transpose()?;
    let prepared = finetune::prepare(options)?;
    let table = &prepared.table;
    for (column, why) in &table.ignored {
        eprintln!("column '{column}' is no task: {why}");
    }
    for bad in table.bad.iter().take(SHOWN) {
        eprintln!("line {}: {}", bad.line, bad.reason);
    }
    if table.bad.len() > SHOWN {
        eprintln!("… and {} more, all in the report's metrics.json", table.bad.len() - SHOWN);
    }
    eprintln!(
        "{} molecules of column '{}', split {}\n{}",
        table.smiles.len(),
        table.smiles_column,
        prepared.split,
        finetune::chosen::overview(&prepared.chosen)
    );
    let tuned = prepared.train()?;
    let run = options.run();
    let title = format!("Heads: {}", options.dataset());
    let report = report::finetuned(&title, &tuned, &run, &options.units()?)?;
    write_report(&report, &run, "finetune")?;
    if let Some(mut json) = json {
        json.write_all(&serde_json::to_vec_pretty(&report.metrics)?)?;
        json.commit()?;
    }
    finish(output, &options.output, &tuned.file)?;
    let count = format!("{} molecules, split {}\n", tuned.table.smiles.len(), tuned.split);
    say(&(count + &extend::table(&tuned.measured, &options.units()?)))
}

/// Writes a report into the run's folder and says where it is.
fn write_report(report: &Report, run: &Path, command: &str) -> Result<()> {
    let folder = run.join("report").join(command);
    report.write(&folder)?;
    eprintln!("report: {}", folder.join("index.html").display());
    Ok(())
}

/// `data`, or the tables in it if it is a folder.
fn tables(data: &Path) -> Result<Vec<PathBuf>> {
    if !data.is_dir() {
        return Ok(vec![data.to_owned()]);
    }
    let entries = std::fs::read_dir(data)?.map(|e| e.map(|e| e.path()));
    let mut files = entries.collect::<std::io::Result<Vec<_>>>()?;
    let table = |f: &PathBuf| {
        let name = f.to_string_lossy();
        name.ends_with(".csv") || name.ends_with(".csv.gz")
    };
    files.retain(table);
    files.sort();
    Ok(files)
}

/// The model that `pack` would make of a run, and the files to measure it on.
fn evaluate_run(run: &Run, data: Option<&Path>) -> Result<(chmr::Model, Vec<PathBuf>)> {
    let (config, folder, _) = run.open()?;
    let own = |name: &String| folder.join("benchmarks").join(format!("{name}.csv.gz"));
    let files = match data {
        Some(data) => tables(data)?,
        None => config.datasets.keys().map(own).collect(),
    };
    let packed = run.pack("# Model card\n")?;
    say(&packed.table)?;
    Ok((chmr::Model::from_bytes(packed.measured)?, files))
}

fn measure(
    model: &chmr::Model,
    files: Vec<PathBuf>,
    (dataset, limit): (Option<&str>, Option<usize>),
    by_task: bool,
    json: Option<Output>,
) -> Result<()> {
    let mut figures = Vec::new();
    for file in files {
        figures.extend(evaluate::evaluate(model, &file, dataset, limit)?);
    }
    if let Some(mut json) = json {
        json.write_all(&serde_json::to_vec_pretty(&figures)?)?;
        json.commit()?;
    }
    say(&evaluate::table(&figures, by_task))
}
