//! Checking the entries that a manifest names: each once, however often it is named.

use super::archive::Archive;
use super::budget::OpenOptions;
use super::manifest::Manifest;
use super::network::Network;
use super::open::{Encoder, Ensemble};
use super::sources::Source;
use crate::error::{Error, ErrorKind};
use crate::parallel;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Something to check, for which a thread is worth while.
enum Job<'a> {
    Hash { path: &'a str, expected: &'a str },
    Network(Use<'a>),
    Graph(Use<'a>),
}

/// A network as the manifest names it.
#[derive(Clone, Copy)]
struct Use<'a> {
    path: &'a str,
    inputs: usize,
    outputs: usize,
    /// Whether it reads the molecule's graph.
    graph: bool,
}

/// What a job came to: the network, where it was one.
type Outcome = Result<Option<Network>, Error>;

/// Checks the hash of every entry and the graph of every network.
pub(super) fn check_contents(
    file: &[u8],
    archive: &Archive,
    manifest: &Manifest,
    options: &OpenOptions,
) -> Result<(Vec<Encoder>, Vec<Ensemble>), Error> {
    let mut uses = Vec::new();
    let (mut stages, mut ensembles) = (Vec::new(), Vec::new());
    for (i, stage) in manifest.stages.iter().enumerate() {
        let reads = manifest.stage_sources(i)?;
        let inputs = manifest.input_width(&reads);
        let graph = stage.reads_graph();
        uses.push(Use { path: &stage.path, inputs, outputs: stage.width, graph });
        stages.push((reads, stage.width));
    }
    for n in &manifest.networks {
        let reads: Vec<Source> = manifest.sources(&n.reads, manifest.stages.len())?;
        let (inputs, outputs) = (manifest.input_width(&reads), n.tasks.len());
        uses.extend(n.members.iter().map(|path| Use { path, inputs, outputs, graph: false }));
        ensembles.push((reads, n));
    }
    // Each entry as it is named first.
    let mut entries: HashMap<&str, usize> = HashMap::new();
    let mut jobs: Vec<Job<'_>> = manifest
        .entries
        .iter()
        .map(|(path, entry)| Job::Hash { path, expected: &entry.sha256 })
        .collect();
    for &of in &uses {
        let next = entries.len();
        if *entries.entry(of.path).or_insert(next) == next {
            jobs.push(if of.graph { Job::Graph(of) } else { Job::Network(of) });
        }
    }
    let checked = check_all(file, archive, &jobs, options)?;
    let lost = || Error::new(ErrorKind::Internal, "a network was lost");
    let networks = uses.iter().map(|of| {
        let network = entries.get(of.path).and_then(|&i| checked.get(i)).ok_or_else(lost)?;
        if network.graph_shape().is_some() != of.graph {
            let message = format!("{}: read as a graph network and as another", of.path);
            return Err(Error::corrupt(message));
        }
        network.fitting(of.inputs, of.outputs)
    });
    let networks = networks.collect::<Result<Vec<Network>, Error>>()?;
    options.check_networks(
        checked.iter().map(Network::cost),
        networks.iter().map(Network::cost),
        manifest,
    )?;

    // In the order of the manifest.
    let ranges = uses.iter().map(|of| archive.get(of.path).unwrap_or_default());
    let mut placed = networks.into_iter().zip(ranges);
    let mut take = || placed.next().ok_or_else(lost);
    let stages = stages
        .into_iter()
        .map(|(reads, width)| Ok(Encoder { network: take()?, reads, width }))
        .collect::<Result<_, Error>>()?;
    let ensembles = ensembles
        .into_iter()
        .map(|(reads, n)| {
            let members = n.members.iter().map(|_| take()).collect::<Result<_, Error>>()?;
            Ok(Ensemble { members, reads, tasks: n.tasks.clone() })
        })
        .collect::<Result<_, Error>>()?;
    Ok((stages, ensembles))
}

/// Does `jobs` on up to four threads until one fails; the networks among them, in order.
fn check_all(
    file: &[u8],
    archive: &Archive,
    jobs: &[Job<'_>],
    options: &OpenOptions,
) -> Result<Vec<Network>, Error> {
    let slots: Mutex<Vec<Option<Outcome>>> = Mutex::new(jobs.iter().map(|_| None).collect());
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let content = |path: &str| &file[archive.get(path).unwrap_or_default()];
    parallel::run(parallel::threads(0).min(4).min(jobs.len()), |_| {
        while !failed.load(Ordering::Relaxed) {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(i) else { break };
            let result = match *job {
                Job::Hash { path, expected } => {
                    match super::sha256_hex(content(path)) == expected {
                        true => Ok(None),
                        false => Err(Error::corrupt(format!(
                            "entry '{path}' is damaged: its SHA-256 differs from manifest.json"
                        ))),
                    }
                }
                Job::Network(Use { path, inputs, outputs, .. }) => {
                    Network::check(path, content(path), inputs, outputs, options).map(Some)
                }
                Job::Graph(Use { path, outputs, .. }) => {
                    Network::check_graph(path, content(path), outputs, options).map(Some)
                }
            };
            if result.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            slots.lock().unwrap_or_else(PoisonError::into_inner)[i] = Some(result);
        }
    });
    // Jobs are drawn in order, so those before the first failure were done, whichever thread met it: the same file always
    // gives the same error, and a damaged entry is named before the network that it spoils.
    let lost = || Err(Error::new(ErrorKind::Internal, "a check was lost"));
    let results = slots.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.into_iter().filter_map(|result| result.unwrap_or_else(lost).transpose()).collect()
}
