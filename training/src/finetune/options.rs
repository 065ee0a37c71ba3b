//! What `finetune` is told.

use crate::Result;
use crate::config::Recipe;
use crate::finetune::table::TableOptions;
use chmr::model::TaskKind;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Trains heads for a table of measurements on a frozen model and adds them to its file.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// The measurements: CSV or TSV, plain or .gz; SMILES, maybe a column `split`, and a column a task.
    #[arg(long)]
    pub data: PathBuf,
    /// The model file whose structure part is kept as it is.
    #[arg(long)]
    pub model: PathBuf,
    /// The new model file.
    #[arg(long)]
    pub output: PathBuf,
    /// Name of the data set, the first part of its tasks' names; default: the file's.
    #[arg(long)]
    pub dataset: Option<String>,
    /// Name of the new model; default: the base's and the data set's.
    #[arg(long)]
    pub name: Option<String>,
    /// Keep no task of the base model.
    #[arg(long)]
    pub only: bool,
    /// Column of the SMILES; default: found by name or content.
    #[arg(long)]
    pub smiles: Option<String>,
    /// A column that is a task; default: all of numbers, or of words for classes (yes/no, true/false, active/inactive,
    /// positive/negative, +/-, 0/1), but those that number molecules.
    #[arg(long = "task")]
    pub tasks: Vec<String>,
    /// A column that is no task.
    #[arg(long)]
    pub ignore: Vec<String>,
    /// Kind of a task; default: a classification where every value is a word for a class, 0 and 1 among them, else a regression.
    #[arg(long = "kind", value_name = "COLUMN=classification|regression")]
    pub kinds: Vec<String>,
    /// Train even where a task has fewer than 20 measured molecules, or fewer than 5 of a class.
    #[arg(long)]
    pub allow_few: bool,
    /// Unit of a task's values.
    #[arg(long = "unit", value_name = "COLUMN=UNIT")]
    pub units: Vec<String>,
    /// A CSV with a column `split`, line by line as the data, or with a column `row` that counts the data's rows
    /// from 0. Default: the data's own column, else 80/10/10 by Bemis-Murcko scaffold.
    #[arg(long)]
    pub split: Option<PathBuf>,
    /// Licence of the measurements, for the manifest.
    #[arg(long, default_value = "not stated")]
    pub licence: String,
    /// Networks averaged.
    #[arg(long, default_value_t = 3)]
    pub seeds: u64,
    /// Width of the hidden layer.
    #[arg(long, default_value_t = 512)]
    pub hidden: usize,
    /// Share of hidden activations dropped in training.
    #[arg(long, default_value_t = 0.8)]
    pub dropout: f32,
    /// Learning rate.
    #[arg(long, default_value_t = 1e-3)]
    pub rate: f32,
    /// Most epochs.
    #[arg(long, default_value_t = 80)]
    pub epochs: usize,
    /// Epochs without a better validation figure after which training stops.
    #[arg(long, default_value_t = 12)]
    pub patience: usize,
    /// Networks trained at the same time.
    #[arg(long, default_value_t = 2)]
    pub workers: usize,
    /// Writes columns, counts and figures as JSON.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Folder that keeps the networks and the report; default: runs/finetune-<data set>.
    #[arg(long)]
    pub run: Option<PathBuf>,
}

impl Options {
    /// With defaults for all but the three files.
    pub fn new(data: PathBuf, model: PathBuf, output: PathBuf) -> Self {
        Self {
            data,
            model,
            output,
            dataset: None,
            name: None,
            only: false,
            smiles: None,
            tasks: vec![],
            ignore: vec![],
            kinds: vec![],
            allow_few: false,
            units: vec![],
            split: None,
            licence: "not stated".into(),
            seeds: 3,
            hidden: 512,
            dropout: 0.8,
            rate: 1e-3,
            epochs: 80,
            patience: 12,
            workers: 2,
            json: None,
            run: None,
        }
    }

    /// Name of the data set.
    pub fn dataset(&self) -> String {
        self.dataset.clone().unwrap_or_else(|| {
            let file = self.data.file_name().unwrap_or_default().to_string_lossy();
            file.split('.').next().unwrap_or_default().to_owned()
        })
    }

    /// Folder of the run.
    pub fn run(&self) -> PathBuf {
        let own = || PathBuf::from("runs").join(format!("finetune-{}", file_name(&self.dataset())));
        self.run.clone().unwrap_or_else(own)
    }

    /// How the table is to be read.
    ///
    /// # Errors
    /// For a kind that is none.
    pub fn table(&self) -> Result<TableOptions> {
        let kind = |(column, kind): (String, String)| match kind.as_str() {
            "classification" => Ok((column, TaskKind::Classification)),
            "regression" => Ok((column, TaskKind::Regression)),
            _ => Err(format!("{column}: kind '{kind}'; expected classification or regression")),
        };
        let kinds = pairs("--kind", &self.kinds)?.into_iter().map(kind);
        Ok(TableOptions {
            smiles: self.smiles.clone(),
            tasks: self.tasks.clone(),
            ignore: self.ignore.clone(),
            kinds: kinds.collect::<std::result::Result<_, _>>()?,
        })
    }

    /// Units by column.
    ///
    /// # Errors
    /// Where one is not of the form `column=unit`.
    pub fn units(&self) -> Result<BTreeMap<String, String>> {
        pairs("--unit", &self.units)
    }

    /// Hyper-parameters for so many training rows: some ten steps an epoch at least, as small tables have few rows.
    ///
    /// # Errors
    /// Where one is out of range.
    pub fn recipe(&self, rows: usize) -> Result<Recipe> {
        let recipe = Recipe {
            hidden: self.hidden,
            dropout: self.dropout,
            seeds: self.seeds,
            rate: self.rate,
            decay: 1e-5,
            batch: (rows / 10).clamp(16, 256),
            epochs: self.epochs,
            patience: self.patience,
            rows: None,
        };
        let positive = [recipe.hidden, recipe.epochs, recipe.patience, recipe.seeds as usize];
        let rate = recipe.rate > 0.0 && recipe.rate.is_finite();
        if positive.contains(&0) || !(0.0..1.0).contains(&recipe.dropout) || !rate {
            return Err(format!("out of range: {recipe:?}").into());
        }
        Ok(recipe)
    }
}

/// `name` as part of a path within a model file or a folder.
pub fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    name.chars().map(plain).take(60).collect()
}

/// `column=value`; a column may contain `=`, a value not.
fn pairs(option: &str, texts: &[String]) -> Result<BTreeMap<String, String>> {
    let pair = |text: &String| {
        let (column, value) = text
            .rsplit_once('=')
            .ok_or_else(|| format!("{option} {text}: expected COLUMN=VALUE"))?;
        Ok((column.to_owned(), value.to_owned()))
    };
    texts.iter().map(pair).collect()
}
