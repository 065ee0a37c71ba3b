//! From the data folder to a prepared one.

use super::config::PrepareConfig;
use super::context::ContextEdges;
use super::features::{self, Features};
use super::genes::{self, Genes};
use super::labels::{self, Labels};
use super::molecules::MOLECULES;
use super::molecules::{MoleculeSet, held_out, spread};
use super::prepared::{FORMAT, Index, Prepared};
use super::profiles;
use super::similarity::Similarity;
use super::table::Folder;
use crate::Result;
use crate::chmr::leak_guard::LeakGuard;
use chmr::features::Standardizer;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// Brings `<run>/prepared/` up to date with the configuration and the data folder, and reads it. Nothing is computed
/// if it is up to date already. The scale of the descriptors is fitted.
///
/// # Errors
/// If data are missing or not of the expected form.
pub fn prepare(config: &PrepareConfig, data: &Path, run: &Path) -> Result<Prepared> {
    prepare_scaled(config, None, data, run)
}

/// As [`prepare`], with the scale of the descriptors `given` where something that the run trains has one already.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_scaled(
    config: &PrepareConfig,
    given: Option<Standardizer>,
    data: &Path,
    run: &Path,
) -> Result<Prepared> {
    config.check()?;
    let folder = run.join("prepared");
    let mut input = Folder::new(data);
    for path in inputs(config, data)? {
        input.note(&path)?;
    }
    let identity = identity(config, input.hashes(), given.as_ref())?;
    // An index that cannot be read is of another format: the folder is made anew.
    if let Ok(Some(index)) = Index::read(&folder)
        && index.identity == identity
        && index.complete(&folder)
    {
        eprintln!("{} is up to date", folder.display());
        return Prepared::load(&folder);
    }
    let mut prepared = compute(config, &mut input, identity, given)?;
    prepared.refuse_leaks()?;
    prepared.save(&folder)?;
    Ok(prepared)
}

/// Files that the configuration reads, by their paths in the data folder.
fn inputs(config: &PrepareConfig, data: &Path) -> Result<Vec<String>> {
    let mut all = benchmarks(data)?;
    for name in &config.profiles {
        all.push(profiles::source(name)?.path.to_owned());
    }
    for name in &config.labels {
        all.push(labels::table(name)?.path.to_owned());
    }
    if config.genes {
        all.extend([genes::HUB, genes::PAIRS, genes::LANDMARKS].map(String::from));
    }
    if config.molecules > 0 {
        all.push(MOLECULES.to_owned());
    }
    Ok(all)
}

/// Every benchmark that there is, whatever a run predicts: the guard knows them all.
pub(crate) fn benchmarks(data: &Path) -> Result<Vec<String>> {
    let folder = data.join("benchmarks");
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".csv.gz") {
            names.push(format!("benchmarks/{name}"));
        }
    }
    if names.is_empty() {
        return Err(format!(
            "{}: no benchmark, so nothing can be kept out of training",
            folder.display()
        )
        .into());
    }
    names.sort();
    Ok(names)
}

fn identity(
    config: &PrepareConfig,
    hashes: &BTreeMap<String, String>,
    given: Option<&Standardizer>,
) -> Result<String> {
    let layout = features::layout();
    let mut text = serde_json::to_string(&(FORMAT, config, layout.descriptor_names(), hashes))?;
    if let Some(given) = given {
        text += &format!("{given:?}");
    }
    Ok(chmr::model::sha256_hex(text.as_bytes()))
}

/// `given`: the scale of the descriptors, if the run has one already.
fn compute(
    config: &PrepareConfig,
    input: &mut Folder,
    identity: String,
    given: Option<Standardizer>,
) -> Result<Prepared> {
    let bar = bar(6, "reading");
    let files = benchmarks(&input.locate(""))?;
    let guard = LeakGuard::of_benchmarks(&input.locate(""), &files)?;
    bar.inc(1);
    let mut set = MoleculeSet::new();
    let profiles = config
        .profiles
        .iter()
        .map(|name| profiles::read(input, profiles::source(name)?, config.rows, &mut set))
        .collect::<Result<Vec<_>>>()?;
    bar.inc(1);
    let mut labels = Labels::default();
    for name in &config.labels {
        let limit = match config.activity {
            Some(n) if name.ends_with("_activity") => Some(config.rows.map_or(n, |r| r.min(n))),
            _ => config.rows,
        };
        labels.read(input, labels::table(name)?, limit, &guard, &mut set)?;
    }
    bar.inc(1);
    let genes = if config.genes {
        Genes::read(input, config.rows, &guard, &mut set)?
    } else {
        Genes::default()
    };
    bar.inc(1);
    if config.benchmarks {
        for file in &files {
            add_unlabelled(input, file, config.rows.unwrap_or(usize::MAX), &mut set)?;
        }
    }
    bar.inc(1);
    if config.molecules > 0 {
        add_unlabelled(input, MOLECULES, config.molecules, &mut set)?;
    }
    bar.finish_and_clear();
    labels.rows.resize(set.smiles().len(), Vec::new());
    let mut guarded = labels.guarded.clone();
    guarded.insert("drug_targets".into(), genes.guarded);

    let n = set.smiles().len();
    let standardizer = match given {
        Some(given) => given,
        None => features::fit(set.molecules())?,
    };
    let bar = self::bar(n, "features");
    let features = Features::compute(set.molecules(), &standardizer, &bar)?;
    bar.finish_and_clear();
    let bar = self::bar(n, "neighbours");
    let bits = features::layout().morgan_bits;
    let similarity = Similarity::nearest(bits, &features.morgan, config.neighbors, &bar)?;
    bar.finish_and_clear();
    let context = ContextEdges::new(
        &similarity,
        config.context_similarity,
        &profiles,
        config.profile_neighbors,
        &genes,
    );
    let index = Index {
        format: FORMAT,
        identity,
        config: config.clone(),
        inputs: input.hashes().clone(),
        files: BTreeMap::new(),
        descriptors: features::layout().descriptor_names().into_iter().map(String::from).collect(),
        molecules: n,
        unread: set.refused(),
        profiles: profiles.iter().map(|p| (p.name.clone(), p.features.clone())).collect(),
        tasks: labels.tasks.clone(),
        guarded,
        genes: genes.names,
        edges: context.counts().into_iter().collect(),
    };
    Ok(Prepared {
        index,
        held_out: set.smiles().iter().map(|s| held_out(s, config.validation)).collect(),
        withheld: set.molecules().par_iter().map(|m| guard.withholds(m)).collect(),
        smiles: set.smiles().to_vec(),
        features,
        standardizer,
        similarity,
        context,
        profiles,
        labels,
    })
}

/// Adds `wanted` molecules of a table, evenly spread, by their structure alone.
fn add_unlabelled(
    input: &mut Folder,
    path: &str,
    wanted: usize,
    set: &mut MoleculeSet,
) -> Result<()> {
    let table = input.table(path)?;
    let smiles = table.column("smiles")?;
    let rows = spread(table.len(), wanted).into_iter();
    set.add(&rows.map(|r| table.text(r, smiles)).collect::<Vec<_>>());
    Ok(())
}

fn bar(length: usize, name: &'static str) -> ProgressBar {
    let style = "{prefix:<14} {wide_bar} {pos}/{len} {elapsed}";
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64).with_style(style).with_prefix(name)
}
