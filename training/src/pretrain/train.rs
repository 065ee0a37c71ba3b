//! The training loop.

use super::batches::Batches;
use super::checkpoint::{Running, State};
use super::config::PretrainConfig;
use super::history::{Epoch, History, Meter, Parts, perplexity, rounded};
use super::model::{self, ModelCard};
use super::sampler::Sampler;
use super::schedule;
use crate::Result;
use crate::adamw::AdamW;
use crate::chmr::layers::Mode;
use crate::chmr::objective::Chmr;
use crate::chmr::parameters::Parameters;
use crate::chmr::rng::Rng;
use crate::data::Prepared;
use crate::metrics::{mean_percent, per_task};
use candle_core::{DType, Device, Tensor};
use indicatif::{ProgressBar, ProgressStyle};
use ndarray::Array2;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

/// How a run is carried out, beside what it computes.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where tensors live; the CPU if absent.
    pub device: Option<Device>,
    /// Stops behind so many epochs, resumable, as an interruption would; for tests and for shared machines.
    pub stop_after: Option<usize>,
}

/// Pretrains what the configuration says on a prepared data set, from the run folder's checkpoint if it has one of
/// the same run, and writes what [the module](super) lists. Nothing is trained if the run has ended.
///
/// # Errors
/// If the configuration does not fit the data, training diverges, or a file cannot be written.
pub fn pretrain(
    config: &PretrainConfig,
    prepared: &Prepared,
    run: &Path,
    options: &Options,
) -> Result<History> {
    config.check()?;
    prepared.refuse_leaks()?;
    std::fs::create_dir_all(run)?;
    let device = options.device.clone().unwrap_or(Device::Cpu);
    let card = ModelCard::new(prepared, config)?;
    let parameters = Parameters::new(config.seed, DType::F32, &device);
    let mut model = model::build(&parameters, prepared, config)?;
    let vars = parameters.trained_vars().into_iter().map(|(_, var)| var).collect();
    let mut optimizer = AdamW::new(vars, config.rate as f32, config.decay as f32)?;
    let (mut best, mut state) = (BTreeMap::new(), State::default());
    let mut running = Running {
        parameters: &parameters,
        model: &mut model,
        optimizer: &mut optimizer,
        best: &mut best,
        state: &mut state,
    };
    let resumed = running.resume(run, &card.identity)?;
    if resumed && !running.state.history.ended.is_empty() {
        eprintln!("{} is pretrained already", run.display());
        return Ok(state.history);
    }
    let batches = Batches::new(prepared, config, &device)?;
    if !resumed {
        running.state.history = History {
            identity: card.identity.clone(),
            tasks: card.tasks.len(),
            coverage: batches.coverage().into_iter().map(|(n, c)| (n, rounded(c))).collect(),
            ..History::default()
        };
    }
    let mut sampler = sampler(config, prepared, &batches)?;
    let held_out = held_out(config, prepared);
    let first = running.state.step / config.steps;
    for epoch in first..config.epochs {
        train_epoch(config, &batches, &mut sampler, &held_out, &mut running)?;
        let done = &mut running.state.history;
        done.ended = match () {
            () if running.state.waited >= config.patience => {
                format!("{} epochs without a better validation loss", running.state.waited)
            }
            () if epoch + 1 == config.epochs => "all epochs are done".to_owned(),
            () => String::new(),
        };
        let ended = !done.ended.is_empty();
        if ended {
            model::write(running.best, &card, prepared, run)?;
        }
        running.state.history.write(run)?;
        running.save(run)?;
        if ended || options.stop_after.is_some_and(|n| epoch + 1 >= first + n) {
            break;
        }
    }
    Ok(state.history)
}

/// One epoch: its steps, validation, and the best weights so far.
fn train_epoch(
    config: &PretrainConfig,
    batches: &Batches<'_>,
    sampler: &mut Sampler,
    held_out: &[u32],
    running: &mut Running<'_>,
) -> Result<()> {
    let epoch = running.state.step / config.steps + 1;
    let style = ProgressStyle::with_template("{prefix:<14} {wide_bar} {pos}/{len} {msg} {elapsed}");
    let bar = ProgressBar::new(config.steps as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_prefix(format!("epoch {epoch}"));
    let mut meter = Meter::default();
    let mut codes: Vec<BTreeSet<u32>> = Vec::new();
    let (mut revived, mut seen, mut rate) = (0, 0, 0.0);
    let start = Instant::now();
    for step in (epoch - 1) * config.steps..epoch * config.steps {
        let seed = Rng::named(config.seed, &format!("step {step}")).next_u64();
        let molecules = sampler.batch(step);
        let batch = batches.batch(&molecules, seed)?;
        let losses = running.model.loss(&batch, &Mode::train(seed))?;
        rate = schedule::rate(config.rate, step, config.warmup, config.steps * config.epochs);
        running.optimizer.set_rate(rate as f32);
        running.optimizer.step(&losses.total.backward()?)?;
        let revive = config.revive_every > 0 && (step + 1) % config.revive_every == 0;
        let mut rng = Rng::named(seed, "revival");
        revived +=
            running.model.after_step(&losses, revive.then_some(config.revive_below), &mut rng)?;
        let total = meter.add(&losses)?;
        if !total.is_finite() {
            return Err(format!(
                "training diverged at step {step}: the loss is {total}; lower the rate"
            )
            .into());
        }
        count_codes(&mut codes, &losses.codes);
        seen += molecules.len();
        bar.set_message(format!("{total:.3}"));
        bar.inc(1);
    }
    let samples_per_second = seen as f64 / start.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let (valid, valid_auc) = validate(config, batches, held_out, running.model)?;
    let train = meter.parts();
    // Without held-out molecules the training loss decides.
    let figure = if held_out.is_empty() { train.total } else { valid.total };
    let state = &mut *running.state;
    state.step = epoch * config.steps;
    if state.best.is_none_or(|best| figure < best) {
        state.best = Some(figure);
        state.waited = 0;
        state.history.best = epoch;
        *running.best = running
            .parameters
            .tensors()
            .into_iter()
            .map(|(name, tensor)| Ok((name, tensor.copy()?.detach())))
            .collect::<Result<_>>()?;
    } else {
        state.waited += 1;
    }
    let occupancy = running.model.codebook().occupancy();
    eprintln!(
        "epoch {epoch}: train {:.4}, valid {:.4} (supervised {:.4}, AUC {}), {samples_per_second:.0} molecules/s",
        train.total,
        valid.total,
        valid.supervised,
        valid_auc.map_or_else(|| "-".into(), |a| format!("{a:.1}")),
    );
    state.history.epochs.push(Epoch {
        epoch,
        rate: rounded(rate),
        train,
        valid,
        valid_auc: valid_auc.map(rounded),
        codes: codes.iter().map(BTreeSet::len).collect(),
        perplexity: perplexity(&occupancy),
        occupancy: occupancy.into_iter().map(|o| o.into_iter().map(rounded).collect()).collect(),
        revived,
        samples_per_second: rounded(samples_per_second),
    });
    Ok(())
}

/// Losses over the held-out molecules, the same walks every time, and the mean AUC of the supervised tasks.
fn validate(
    config: &PretrainConfig,
    batches: &Batches<'_>,
    held_out: &[u32],
    model: &Chmr,
) -> Result<(Parts, Option<f64>)> {
    let mut meter = Meter::default();
    let (mut labels, mut scores) = (Vec::new(), Vec::new());
    let seed = Rng::named(config.seed, "validation").next_u64();
    // A last batch of one molecule has nothing to contrast with.
    for molecules in held_out.chunks(config.batch).filter(|c| c.len() > 1) {
        let batch = batches.batch(molecules, seed)?;
        meter.add(&model.loss(&batch, &Mode::Evaluate)?)?;
        if let (Some(head), Some(known)) = (model.supervision(), &batch.labels) {
            let encoded = model.latents(&batch.structure, &Mode::Evaluate)?.encoded;
            let logits = head.logits(&encoded)?.to_device(&Device::Cpu)?.to_vec2::<f32>()?;
            scores.extend(known.rows.iter().map(|&row| logits[row as usize].clone()));
            labels.extend(measured(&known.targets, &known.weights)?);
        }
    }
    let auc = match labels.first().map(Vec::len) {
        None => None,
        Some(tasks) => {
            let matrix =
                |rows: &[Vec<f32>]| Array2::from_shape_vec((rows.len(), tasks), rows.concat());
            let figures = per_task(matrix(&labels)?.view(), matrix(&scores)?.view(), false);
            Some(mean_percent(&figures)).filter(|a| a.is_finite())
        }
    };
    Ok((meter.parts(), auc))
}

/// Rows of labels, NaN where not measured.
fn measured(targets: &Tensor, weights: &Tensor) -> Result<Vec<Vec<f32>>> {
    let host = |t: &Tensor| t.to_device(&Device::Cpu)?.to_vec2::<f32>();
    let (targets, weights) = (host(targets)?, host(weights)?);
    let entry = |(t, w): (f32, f32)| if w > 0.0 { t } else { f32::NAN };
    let row = |(t, w): (Vec<f32>, Vec<f32>)| t.into_iter().zip(w).map(entry).collect();
    Ok(targets.into_iter().zip(weights).map(row).collect())
}

fn count_codes(seen: &mut Vec<BTreeSet<u32>>, codes: &[Vec<Vec<u32>>]) {
    for levels in codes {
        seen.resize_with(seen.len().max(levels.len()), BTreeSet::new);
        seen.iter_mut().zip(levels).for_each(|(s, level)| s.extend(level));
    }
}

fn sampler(config: &PretrainConfig, prepared: &Prepared, batches: &Batches<'_>) -> Result<Sampler> {
    let all: Vec<u32> =
        (0..prepared.len() as u32).filter(|&i| !prepared.held_out[i as usize]).collect();
    if all.len() < 2 {
        return Err("fewer than two molecules to train on".into());
    }
    let observed = all.iter().copied().filter(|&i| batches.observed(i)).collect();
    let labelled = if config.lambda_supervised > 0.0 {
        let has = |i: &u32| !prepared.labels.rows[*i as usize].is_empty();
        all.iter().copied().filter(has).collect()
    } else {
        Vec::new()
    };
    let shares =
        vec![("observed", observed, config.observed), ("labelled", labelled, config.labelled)];
    Ok(Sampler::new(config.seed, config.batch, shares, all))
}

/// Held-out molecules, at most as many as the configuration wants, evenly spread.
fn held_out(config: &PretrainConfig, prepared: &Prepared) -> Vec<u32> {
    let all: Vec<u32> =
        (0..prepared.len() as u32).filter(|&i| prepared.held_out[i as usize]).collect();
    let chosen = crate::data::molecules::spread(all.len(), config.validation);
    chosen.into_iter().map(|i| all[i]).collect()
}
