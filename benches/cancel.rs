//! How long a call goes on after it was cancelled: `cargo bench --bench cancel`.
//!
//! Each kind of work is begun, cancelled at some moment from another thread, and the time from then to its return is printed:
//! median and longest of many. Wanted are 50 ms. No test asserts that, as a busy machine would fail it.

#[path = "../tests/support/mod.rs"]
mod support;

use chmr::{Batch, Error, ErrorKind, ImputeOptions, Model, OpenOptions, PredictOptions, Run};
use std::time::{Duration, Instant};
use support::hostile::{container, library, long, manifest};

const TIMES: usize = 30;

/// Molecules enough for more work than is waited for.
fn batch(rows: usize) -> Batch {
    let mut batch = Batch::new();
    (0..rows).for_each(|i| _ = batch.push_smiles(&format!("{}O", "C".repeat(i % 40 + 1))));
    batch
}

/// Prints how long `work` goes on after it was cancelled; `after` is the latest moment for that. `fresh` makes what it works on.
fn measure<T: Sync>(
    what: &str,
    after: Duration,
    fresh: impl Fn() -> T,
    work: impl Fn(&T, &Run<'_>) -> Result<(), Error> + Sync,
) {
    let mut times: Vec<Duration> = Vec::new();
    for i in 0..TIMES {
        let (on, run) = (fresh(), Run::new());
        let (result, time) = std::thread::scope(|s| {
            let working = s.spawn(|| (work(&on, &run), Instant::now()));
            std::thread::sleep(after * (i as u32 + 1) / TIMES as u32);
            let cancelled = Instant::now();
            run.cancel();
            let (result, returned) = working.join().expect("no panic");
            (result, returned.saturating_duration_since(cancelled))
        });
        match result {
            Err(e) if e.kind == ErrorKind::Cancelled => times.push(time),
            Err(e) => panic!("{what}: {e}"),
            // Done before it was cancelled.
            Ok(()) => {}
        }
    }
    times.sort_unstable();
    match times.last() {
        Some(longest) => println!(
            "{what}: median {:.1} ms, longest {:.1} ms, of {}",
            times[times.len() / 2].as_secs_f64() * 1e3,
            longest.as_secs_f64() * 1e3,
            times.len()
        ),
        None => println!("{what}: done before it could be cancelled"),
    }
}

/// Networks that take half a second to plan.
fn planned() -> Model {
    let names: Vec<String> = (0..8).map(|i| format!("n{i}")).collect();
    let network = support::onnx::bytes(&long(240, &["Relu"]));
    let entries: Vec<_> = names.iter().map(|name| (name.as_str(), network.clone())).collect();
    let networks = serde_json::json!([
        {"name": "n", "members": names, "reads": ["structure"], "tasks": [0]}
    ]);
    let file = container(&manifest(1, &entries, networks).to_string(), &entries);
    Model::from_bytes(file).expect("a model")
}

fn main() {
    let few = batch(3);
    let predict = |model: &Model, batch: &Batch, run: &Run<'_>| {
        let options = PredictOptions { threads: 1, ..Default::default() };
        model.predict(batch, &options, run).map(drop)
    };
    measure("planning", Duration::from_millis(100), planned, |m, run| predict(m, &few, run));
    let fit = || {
        let options = OpenOptions { fit_work: u64::MAX, ..OpenOptions::default() };
        Model::from_bytes_with(library(3000, 3000, 1000, 1), &options).expect("a model")
    };
    measure("fitting 3,000 profiles of 1,000 values", Duration::from_secs(1), fit, |m, run| {
        m.impute(&few, "e0", None, &ImputeOptions::default(), run).map(drop)
    });
    let many = batch(5_000);
    let Ok(default) = Model::open_default() else {
        return println!("no embedded model: the rest is left out");
    };
    let ready = || ();
    measure("predicting, all tasks", Duration::from_secs(1), ready, |(), run| {
        predict(&default, &many, run)
    });
    let fresh = || Model::open_default().expect("it was opened before");
    measure("the default model's first prediction", Duration::from_millis(200), fresh, |m, run| {
        predict(m, &many, run)
    });
    measure("imputing", Duration::from_secs(1), ready, |(), run| {
        default.impute(&many, "expression", None, &ImputeOptions::default(), run).map(drop)
    });
    measure("neighbours", Duration::from_millis(200), ready, |(), run| {
        default.neighbors(&many, &Default::default(), run).map(drop)
    });
    measure("encoding", Duration::from_secs(1), ready, |(), run| {
        default.encode(&many, &Default::default(), run).map(drop)
    });
}
