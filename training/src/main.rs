//! The command line of training.

use chmr_training::benchmark::data_folder;
use chmr_training::config::Config;
use chmr_training::data::prepare;
use chmr_training::finetune::{self, extend, finetune};
use chmr_training::pretrain::{Options, pretrain};
use chmr_training::report::{self, Report};
use chmr_training::{Result, ablate, ensemble, evaluate, pack};
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

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
    /// Trains every network of a configuration that the run's folder does not hold yet.
    Train(Run),
    /// Trains what is missing, then writes the model file.
    Pack {
        #[command(flatten)]
        run: Run,
        /// The model file.
        #[arg(long)]
        output: PathBuf,
        /// A model card to pack; `{figures}` in it becomes the table of validation figures.
        #[arg(long)]
        card: Option<PathBuf>,
    },
    /// Trains heads for a table of measurements on a frozen model and adds them to its file.
    Finetune(Box<finetune::Options>),
    /// Measures a model file on files with labels.
    Evaluate {
        /// The model file.
        #[arg(long)]
        model: PathBuf,
        /// A CSV file, or a folder of them: SMILES, maybe `split`, columns called as the model's tasks are.
        #[arg(long)]
        data: PathBuf,
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
    /// The configuration, the folder of the data and that of the run.
    fn open(&self) -> Result<(Config, PathBuf, PathBuf)> {
        let named = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("configs")
            .join(format!("{}.toml", self.config));
        let path = if named.exists() { named } else { self.config.clone().into() };
        let config = Config::read(&path)?;
        let data = self.data.clone().unwrap_or_else(data_folder);
        let folder = self.run.clone().unwrap_or_else(|| Path::new("runs").join(&config.name));
        Ok((config, data, folder))
    }

    fn prepare(&self) -> Result<()> {
        let (config, data, folder) = self.open()?;
        let section = config.prepare.ok_or("the configuration has no section [prepare]")?;
        let prepared = prepare(&section, &data, &folder)?;
        print!("{}", prepared.index.summary());
        Ok(())
    }

    fn pretrain(&self, gpu: bool) -> Result<()> {
        let (config, data, folder) = self.open()?;
        let absent = |name| format!("the configuration has no section [{name}]");
        let section = config.prepare.ok_or_else(|| absent("prepare"))?;
        let settings = config.pretrain.ok_or_else(|| absent("pretrain"))?;
        let device = if gpu { Some(candle_core::Device::new_cuda(0)?) } else { None };
        let prepared = prepare(&section, &data, &folder)?;
        let options = Options { device, stop_after: None };
        let history = pretrain(&settings, &prepared, &folder, &options)?;
        println!("best epoch {} of {}: {}", history.best, history.epochs.len(), history.ended);
        write_report(
            &report::pretrained(&format!("Pretraining: {}", config.name), &history),
            &folder,
            "pretrain",
        )?;
        Ok(())
    }

    fn train(&self) -> Result<(Config, ensemble::Trained)> {
        let (config, data, folder) = self.open()?;
        let trained = ensemble::train(&config, &data, &folder)?;
        print!("{}", pack::table(&trained));
        let report = report::trained(&format!("Training: {}", config.name), &trained, &folder)?;
        write_report(&report, &folder, "train")?;
        Ok((config, trained))
    }

    fn ablate(&self, options: ablate::Options) -> Result<()> {
        let (config, data, folder) = self.open()?;
        let absent = |name| format!("the configuration has no section [{name}]");
        let section = config.prepare.as_ref().ok_or_else(|| absent("prepare"))?;
        let settings = config.pretrain.as_ref().ok_or_else(|| absent("pretrain"))?;
        let prepared = prepare(section, &data, &folder)?;
        let rows = ablate::ablate(&config, settings, &prepared, &data, &folder, &options)?;
        let text = ablate::markdown(&rows, ablate::metric);
        std::fs::write(folder.join("ablation.json"), serde_json::to_vec_pretty(&rows)?)?;
        std::fs::write(folder.join("ablation.md"), &text)?;
        print!("{text}");
        Ok(())
    }
}

fn main() -> std::process::ExitCode {
    let result = match Arguments::parse().command {
        Command::Prepare(run) => run.prepare(),
        Command::Pretrain { run, gpu } => run.pretrain(gpu),
        Command::Train(run) => run.train().map(|_| ()),
        Command::Pack { run, output, card } => write_model(&run, &output, card.as_deref()),
        Command::Finetune(options) => write_finetuned(&options),
        Command::Evaluate { model, data, dataset, by_task, json } => {
            measure(&model, &data, dataset.as_deref(), by_task, json.as_deref())
        }
        Command::Ablate { run, seeds, variants } => run.ablate(ablate::Options { seeds, variants }),
    };
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn write_model(run: &Run, output: &Path, card: Option<&Path>) -> Result<()> {
    let card = match card {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?
        }
        None => "# Model card\n\n{figures}".into(),
    };
    let (config, trained) = run.train()?;
    let bytes = pack::pack(&config, &trained, &card.replace("{figures}", &pack::table(&trained)))?;
    std::fs::write(output, &bytes).map_err(|e| format!("{}: {e}", output.display()))?;
    eprintln!("{}: {:.1} MB", output.display(), bytes.len() as f64 / 1e6);
    Ok(())
}

/// Bad rows told of at the terminal; the rest is counted.
const SHOWN: usize = 20;

fn write_finetuned(options: &finetune::Options) -> Result<()> {
    let tuned = finetune(options)?;
    for (column, why) in &tuned.table.ignored {
        eprintln!("column '{column}' is no task: {why}");
    }
    for bad in tuned.table.bad.iter().take(SHOWN) {
        eprintln!("line {}: {}", bad.line, bad.reason);
    }
    if tuned.table.bad.len() > SHOWN {
        eprintln!("… and {} more, all in the report's metrics.json", tuned.table.bad.len() - SHOWN);
    }
    let run = options.run();
    let title = format!("Heads: {}", options.dataset());
    write_report(&report::finetuned(&title, &tuned, &run, &options.units()?)?, &run, "finetune")?;
    println!("{} molecules, split {}", tuned.table.smiles.len(), tuned.split);
    print!("{}", extend::table(&tuned.measured, &options.units()?));
    std::fs::write(&options.output, &tuned.file)
        .map_err(|e| format!("{}: {e}", options.output.display()))?;
    eprintln!("{}: {:.1} MB", options.output.display(), tuned.file.len() as f64 / 1e6);
    Ok(())
}

/// Writes a report into the run's folder and says where it is.
fn write_report(report: &Report, run: &Path, command: &str) -> Result<()> {
    let folder = run.join("report").join(command);
    report.write(&folder)?;
    eprintln!("report: {}", folder.join("index.html").display());
    Ok(())
}

fn measure(
    model: &Path,
    data: &Path,
    dataset: Option<&str>,
    by_task: bool,
    json: Option<&Path>,
) -> Result<()> {
    let model = chmr::Model::open(model)?;
    let mut files = vec![data.to_owned()];
    if data.is_dir() {
        let entries = std::fs::read_dir(data)?.map(|e| e.map(|e| e.path()));
        files = entries.collect::<std::io::Result<_>>()?;
        let table = |f: &PathBuf| {
            let name = f.to_string_lossy();
            name.ends_with(".csv") || name.ends_with(".csv.gz")
        };
        files.retain(table);
        files.sort();
    }
    let mut figures = Vec::new();
    for file in files {
        figures.extend(evaluate::evaluate(&model, &file, dataset)?);
    }
    if let Some(path) = json {
        std::fs::write(path, serde_json::to_vec_pretty(&figures)?)
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    print!("{}", evaluate::table(&figures, by_task));
    Ok(())
}
