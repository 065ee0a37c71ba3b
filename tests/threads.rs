//! A run's threads are gone when it returns: a program that then forks, changes its namespaces or counts its threads finds
//! only its own. One test alone in this program, so that nothing else starts threads.

#[path = "support/skip.rs"]
mod skip;

use chmr::reference::PackedFingerprints;
use chmr::{Batch, Model, NeighborOptions, PredictOptions, Run};
use std::fs;

/// The threads of this process, as the system tells them.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

#[test]
fn none_is_left_when_a_run_returns() {
    if threads() == 0 {
        skip::skip(format_args!("no /proc/self/task"));
        return;
    }
    let mut batch = Batch::new();
    (1..=200).for_each(|n| {
        batch.push_smiles(&"C".repeat(n % 7 + 1));
    });
    let before = threads();
    let model = Model::open_default().unwrap();
    assert_eq!(threads(), before, "of opening");
    let left = |run: &dyn Fn()| {
        let counts = (0..500).map(|_| {
            run();
            threads() - before
        });
        counts.filter(|&more| more > 0).count()
    };

    let options = NeighborOptions { threads: 4, k: 1, ..Default::default() };
    let search = || {
        model.neighbors(&batch, &options, &Run::new()).unwrap();
    };
    assert_eq!(left(&search), 0, "of 500 searches");

    let options = PredictOptions { tasks: Some(vec![0]), threads: 4, ..Default::default() };
    let mut few = Batch::new();
    (0..8).for_each(|_| {
        few.push_smiles("CCO");
    });
    let predict = || {
        model.predict(&few, &options, &Run::new()).unwrap();
    };
    assert_eq!(left(&predict), 0, "of 500 predictions");

    // One query by several threads.
    let words: Vec<u64> =
        (0..16 * 6_000u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    let table = PackedFingerprints::new(1024, &words).unwrap();
    let scan = || {
        table.top_k_threads(&words[..16], 5, 0.0, 4);
    };
    assert_eq!(left(&scan), 0, "of 500 scans");
}
