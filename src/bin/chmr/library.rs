//! `chmr library`: building a reference library, putting it into a model, saying what one holds.

use crate::Failure;
use crate::input;
use crate::models::{self, Choice};
use crate::options::{Attach, Build, Input, LibraryCommand, LibraryInfo};
use crate::output;
use crate::profiles::{Table, number};
use chmr::chem::{self, Limits};
use chmr::features::morgan;
use chmr::files::Inputs;
use chmr::reference::{
    Activity, Annotated, Context, Library, Measured, Member, Modality, Profiles, Scale, Weighting,
};
use ndarray::Array2;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Fingerprints of every library made here: those that the default library has.
const RADIUS: u32 = 2;
const BITS: usize = 1024;

/// Runs a subcommand; false where molecules were refused and `--strict` was given.
pub fn command(options: &LibraryCommand) -> Result<bool, Failure> {
    match options {
        LibraryCommand::Build(options) => build(options)?,
        LibraryCommand::Pack(options) => return crate::pack::command(options),
        LibraryCommand::Attach(options) => attach(options)?,
        LibraryCommand::Info(options) => info(options)?,
    }
    Ok(true)
}

fn build(options: &Build) -> Result<(), Failure> {
    let path = &options.profiles;
    let table = Table::read(path)?;
    let need = |name: &str, option: &str| {
        table.column(name).ok_or_else(|| {
            format!("{}: no column {name:?}; name one with {option}", path.display())
        })
    };
    let id = need(&options.id_column, "--id-column")?;
    let structure = table.structure_column(options.smiles_column.as_deref());
    let structure_name = structure.as_ref().ok().map(|&c| table.headers[c].clone());
    let smiles: HashMap<String, String> = match &options.smiles {
        Some(file) => structures(file, options)?,
        None => {
            let column = structure.map_err(|e| format!("{}: {e}", path.display()))?;
            table.rows.iter().map(|r| (r[id].clone(), r[column].clone())).collect()
        }
    };
    let left_out = |name: &String| {
        *name == options.id_column
            || Some(name) == structure_name.as_ref()
            || options.ignore.iter().any(|i| i == name)
    };
    let columns: Vec<usize> =
        (0..table.headers.len()).filter(|&c| !left_out(&table.headers[c])).collect();
    let features: Vec<String> = columns.iter().map(|&c| table.headers[c].clone()).collect();

    // Measurements of one molecule become their mean, taken on the common scale.
    let scale = options.scale.into();
    let mut members: Vec<Member> = Vec::new();
    let (mut sums, mut counts): (Vec<Vec<f64>>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut places: HashMap<&str, Option<usize>> = HashMap::new();
    let mut refused = 0;
    for (i, row) in table.rows.iter().enumerate() {
        let place = *places.entry(&row[id]).or_insert_with(|| {
            let molecule = smiles
                .get(&row[id])
                .and_then(|s| chem::parse_smiles(s, &Limits::default()).ok().map(|m| (s, m)));
            let (smiles, molecule) = molecule?;
            let fingerprint = morgan(&molecule, RADIUS, BITS);
            members.push(Member { id: row[id].clone(), smiles: smiles.clone(), fingerprint });
            sums.push(vec![0.0; features.len()]);
            counts.push(0);
            Some(members.len() - 1)
        });
        let Some(place) = place else {
            refused += 1;
            continue;
        };
        for (sum, &column) in sums[place].iter_mut().zip(&columns) {
            let name = &table.headers[column];
            let told = |e: Failure| format!("{}: row {}, {name}: {e}", path.display(), i + 1);
            let value = number(&row[column]).map_err(told)?;
            if value.is_nan() {
                return Err(told("a value is missing; every profile must be whole".into()).into());
            }
            *sum += f64::from(chmr::reference::Scale::forward(scale, value));
        }
        counts[place] += 1;
    }
    let values = Array2::from_shape_fn((sums.len(), features.len()), |(r, c)| {
        scale.backward((sums[r][c] / counts[r] as f64) as f32)
    });
    let labels = match &options.labels {
        Some(file) => labels(file, &options.label_column, &features)?,
        None => Vec::new(),
    };
    let rows = (0..members.len() as u32).collect();
    let profiles = Profiles::new(features, scale, options.balance, rows, values.view())?;
    let weighting = Weighting { power: options.power, noise: options.noise };
    let mut modality = Modality::new(&options.modality, labels, profiles, weighting)?
        .attributed(&options.source, &options.licence)?;
    if let Some(file) = &options.activity {
        let activity = activity(file, options, &members)?;
        modality = modality.with_activity(activity, options.activity_weight)?;
    }
    let context = options.context.as_ref().map(|file| context(file, options)).transpose()?;
    let mut library = Library::new(RADIUS, BITS, members)?;
    library = match context {
        Some(context) => {
            library.with(modality.linked(options.context_weight)?)?.with_context(context)
        }
        None => library.with(modality)?,
    };
    let read = [&options.smiles, &options.labels, &options.activity, &options.context];
    let read = read.into_iter().flatten().chain([path]).map(PathBuf::as_path);
    output::write(&options.output, &Inputs::of(read), &library.to_bytes()?)?;
    let (n, all) = (library.len(), table.rows.len());
    writeln!(
        io::stderr(),
        "chmr: {n} molecules with {} profiles of '{}'; {refused} of {all} rows left out for want of a molecule",
        all - refused,
        options.modality
    )?;
    Ok(())
}

/// SMILES by id, from a file of molecules.
fn structures(file: &Path, options: &Build) -> Result<HashMap<String, String>, Failure> {
    let source = input::open(&Input {
        input: file.to_owned(),
        input_format: None,
        delimiter: None,
        smiles_column: options.smiles_column.clone(),
        template: Vec::new(),
        id_column: Some(options.id_column.clone()),
    })?;
    let mut found = HashMap::new();
    for row in source.rows {
        let row = row?;
        if let input::Content::Smiles(smiles) = row.content {
            found.insert(row.id, smiles);
        }
    }
    Ok(found)
}

/// What is known of compounds; those that cannot be read are left out.
fn context(file: &Path, options: &Build) -> Result<Context, Failure> {
    let table = Table::read(file)?;
    let place = |name: &String| {
        table.column(name).ok_or_else(|| format!("{}: no column {name:?}", file.display()))
    };
    let smiles = table.structure_column(options.smiles_column.as_deref());
    let smiles = smiles.map_err(|e| format!("{}: {e}", file.display()))?;
    let columns = options.context_columns.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let terms = |cell: &str| {
        cell.split('|').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
    };
    let annotated = table.rows.iter().filter_map(|row| {
        let molecule = chem::parse_smiles(&row[smiles], &Limits::default()).ok()?;
        let words = morgan(&molecule, RADIUS, BITS).words().to_vec();
        Some((words, columns.iter().map(|&c| terms(&row[c])).collect()))
    });
    Ok(Context::new(&annotated.collect::<Vec<Annotated>>())?)
}

/// How strongly compounds act; those that cannot be read are left out.
fn activity(file: &Path, options: &Build, members: &[Member]) -> Result<Activity, Failure> {
    let table = Table::read(file)?;
    let place = |name: &String| {
        table.column(name).ok_or_else(|| format!("{}: no column {name:?}", file.display()))
    };
    let smiles = table.structure_column(options.smiles_column.as_deref());
    let smiles = smiles.map_err(|e| format!("{}: {e}", file.display()))?;
    let columns = options.activity_columns.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let mut measured: Vec<Measured> = Vec::with_capacity(table.rows.len());
    for (i, row) in table.rows.iter().enumerate() {
        let Ok(molecule) = chem::parse_smiles(&row[smiles], &Limits::default()) else { continue };
        let values = columns.iter().map(|&c| {
            let told = |e| format!("{}: row {}, {}: {e}", file.display(), i + 1, table.headers[c]);
            number(&row[c]).map_err(told)
        });
        let values = values.collect::<Result<_, _>>()?;
        measured.push((morgan(&molecule, RADIUS, BITS).words().to_vec(), values));
    }
    let observed: Vec<&[u64]> = members.iter().map(|m| m.fingerprint.words()).collect();
    Ok(Activity::new(options.activity_columns.clone(), &measured, &observed)?)
}

/// The second name of each feature, from a table whose first column is the first.
fn labels(file: &Path, column: &str, features: &[String]) -> Result<Vec<String>, Failure> {
    let table = Table::read(file)?;
    let column = table.column(column).ok_or_else(|| {
        format!("{}: no column {column:?}; name one with --label-column", file.display())
    })?;
    let known: HashMap<&str, &str> =
        table.rows.iter().map(|r| (r[0].as_str(), r[column].as_str())).collect();
    let label = |f: &String| known.get(f.as_str()).map_or_else(|| f.clone(), |l| l.to_string());
    Ok(features.iter().map(label).collect())
}

fn attach(options: &Attach) -> Result<(), Failure> {
    let model = crate::impute::open(&options.source)?;
    let bytes = model.to_bytes()?;
    let mut read = Inputs::of(options.source.library.iter().map(PathBuf::as_path));
    let path = match (&options.output, models::file(&options.source.model)) {
        (Some(output), model) => {
            model.into_iter().for_each(|model| read.add(model));
            output
        }
        // Never one that was only found.
        (None, Some(model)) if matches!(options.source.model, Some(Choice::File(_))) => model,
        (None, _) => return Err("--in-place: which model? name it with --model".into()),
    };
    output::write(path, &read, &bytes)?;
    writeln!(io::stderr(), "chmr: {}: {:.1} MB", path.display(), bytes.len() as f64 / 1e6)?;
    Ok(())
}

fn info(options: &LibraryInfo) -> Result<(), Failure> {
    let model = crate::impute::open(&options.source)?;
    let mut out = io::stdout().lock();
    let Some(library) = model.library() else {
        return Ok(writeln!(out, "no reference library")?);
    };
    writeln!(
        out,
        "{} molecules, Morgan bits of radius {} in {}",
        library.len(),
        library.radius(),
        library.bits()
    )?;
    if let Some(context) = library.context() {
        writeln!(out, "{} known compounds", context.len())?;
    }
    for modality in library.modalities() {
        let (rows, columns) = modality.profiles().values().dim();
        let w = modality.weighting();
        writeln!(
            out,
            "{:<16}{rows} profiles of {columns} features, {}, similarity^{}, noise {}",
            modality.name(),
            match modality.profiles().scale() {
                Scale::Linear => "linear",
                Scale::Asinh => "asinh",
            },
            w.power,
            w.noise
        )?;
        if let Some(activity) = modality.activity() {
            let (n, names) = (activity.len(), activity.names().join(", "));
            writeln!(out, "{:<16}activity of {n} compounds: {names}", "")?;
        }
        for (what, text) in [("from", modality.source()), ("licence", modality.licence())] {
            if !text.is_empty() {
                writeln!(out, "{:<16}{what} {text}", "")?;
            }
        }
    }
    Ok(())
}
