//! The engine: a row's result is its own, whatever happens around it.

mod support;

use chmr::chem;
use chmr::features::{Fingerprint, morgan};
use chmr::{Batch, ErrorKind, Model, PredictOptions, Predictions, Progress, Run};
use ndarray::Array2;
use std::ops::ControlFlow;
use std::sync::Mutex;
use support::{manifest, manifest_with_stages, model, model_with};

const DRUGS: &[&str] = &[
    "CC(=O)Oc1ccccc1C(=O)O",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "c1ccc2c(c1)cccc2",
    "OCC1OC(O)C(O)C(O)C1O",
    "[Na+].[Cl-]",
    "C1CC1.CCO",
];

fn open() -> Model {
    Model::from_bytes(model()).unwrap()
}

fn batch<'a>(smiles: impl IntoIterator<Item = &'a str>) -> Batch {
    let mut batch = Batch::new();
    for s in smiles {
        batch.push_smiles(s);
    }
    batch
}

fn options(threads: usize) -> PredictOptions {
    PredictOptions { threads, ..Default::default() }
}

fn bits(values: &Array2<f32>) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

fn predict(model: &Model, batch: &Batch, threads: usize) -> Predictions {
    model.predict(batch, &options(threads), &Run::new()).unwrap()
}

/// Molecules enough for several tiles, some of them bad.
fn many(n: usize) -> Vec<String> {
    (0..n)
        .map(|i| match i % 11 {
            3 => "C(C".to_owned(),
            _ => format!("{}{}", "C".repeat(i % 17 + 1), DRUGS[i % DRUGS.len()]),
        })
        .filter(|s| !s.contains("C[Na+]"))
        .collect()
}

#[test]
fn results_do_not_depend_on_threads_or_on_how_a_batch_is_cut() {
    check_independence(&open());
    check_independence(&with_stages());
    let file = support::graph::file(support::graph::manifest_with_graph(), &support::graph::onnx());
    check_independence(&Model::from_bytes(file).unwrap());
}

/// A model with networks between the structure vector and the predicting ones.
fn with_stages() -> Model {
    Model::from_bytes(model_with(manifest_with_stages(), |_| None)).unwrap()
}

/// Layers of many shapes, for which the inference library has kernels of its own.
#[test]
fn results_of_the_default_model_do_not_depend_on_how_a_batch_is_cut() {
    match Model::open_default() {
        Ok(model) => check_independence_of(&model, 70),
        Err(e) => assert_eq!(e.kind, ErrorKind::NoDefaultModel, "{e}"),
    }
}

fn check_independence(model: &Model) {
    check_independence_of(model, 300);
}

fn check_independence_of(model: &Model, rows: usize) {
    let rows = many(rows);
    let whole = predict(model, &batch(rows.iter().map(String::as_str)), 1);
    assert!(whole.rows.iter().any(Result::is_err) && whole.rows.iter().any(Result::is_ok));
    for threads in [2, 3, 8] {
        let again = predict(model, &batch(rows.iter().map(String::as_str)), threads);
        assert_eq!(bits(&again.values), bits(&whole.values), "{threads} threads");
        assert_eq!(again.rows, whole.rows);
    }
    for size in [1, 2, 7, 16, 17, 64, 65] {
        let mut all = Vec::new();
        for part in rows.chunks(size) {
            all.extend(bits(&predict(model, &batch(part.iter().map(String::as_str)), 1).values));
        }
        assert_eq!(all, bits(&whole.values), "batches of {size}");
    }
}

#[test]
fn eight_threads_share_a_model() {
    let model = open();
    let rows = many(100);
    let rows = batch(rows.iter().map(String::as_str));
    let expected = bits(&predict(&open(), &rows, 1).values);
    std::thread::scope(|s| {
        for threads in 1..=8 {
            let (model, rows, expected) = (&model, &rows, &expected);
            s.spawn(move || {
                for _ in 0..3 {
                    assert_eq!(&bits(&predict(model, rows, threads).values), expected);
                }
            });
        }
    });
}

#[test]
fn one_molecule_gives_what_a_batch_gives() {
    let model = open();
    let all = predict(&model, &batch(DRUGS.iter().copied()), 2);
    let tasks: Vec<usize> = (0..5).collect();
    for (i, smiles) in DRUGS.iter().enumerate() {
        let mut out = [0.0; 5];
        model.predict_one(smiles, &tasks, &mut out).unwrap();
        let row: Vec<u32> = all.values.row(i).iter().map(|v| v.to_bits()).collect();
        assert_eq!(out.map(f32::to_bits).to_vec(), row, "{smiles}");
    }
}

#[test]
fn a_subset_of_tasks_comes_in_the_order_asked_for() {
    let model = open();
    let all = predict(&model, &batch(DRUGS.iter().copied()), 1);
    let wanted = vec![3, 0, 2];
    let options = PredictOptions { tasks: Some(wanted.clone()), ..Default::default() };
    let some = model.predict(&batch(DRUGS.iter().copied()), &options, &Run::new()).unwrap();
    assert_eq!(some.tasks, wanted);
    for (column, &task) in wanted.iter().enumerate() {
        assert_eq!(some.values.column(column), all.values.column(task));
    }
}

#[test]
fn probabilities_are_probabilities_and_rows_differ() {
    let all = predict(&open(), &batch(DRUGS.iter().copied()), 1);
    for row in all.values.rows() {
        assert!(row.iter().take(3).all(|p| (0.0..=1.0).contains(p)));
    }
    assert_ne!(all.values.row(0), all.values.row(1));
}

#[test]
fn bad_selections_are_refused() {
    let model = open();
    for tasks in [vec![], vec![5], vec![1, 1]] {
        let options = PredictOptions { tasks: Some(tasks), ..Default::default() };
        let e = model.predict(&batch(["C"]), &options, &Run::new()).unwrap_err();
        assert_eq!(e.kind, ErrorKind::Argument);
    }
    let e = model.predict_one("C", &[0, 1], &mut [0.0]).unwrap_err();
    assert_eq!(e.kind, ErrorKind::Argument);
}

#[test]
fn bad_rows_keep_their_place() {
    let model = open();
    let mut rows = batch(["CCO", "C(C", "", "CCO"]);
    rows.push_smiles("C[N](C)(C)(C)C");
    rows.push_fingerprint(2, &Fingerprint::new(64));
    rows.push_refused(chem::parse_smiles("X", &Default::default()).unwrap_err());
    let good = chem::parse_smiles("CCO", &Default::default()).unwrap();
    rows.push_molecule(good);
    let p = predict(&model, &rows, 2);
    let kinds: Vec<_> = p.rows.iter().map(|r| r.as_ref().err().map(|e| e.kind)).collect();
    use chem::ErrorKind as Chem;
    assert_eq!(
        kinds,
        [
            None,
            Some(ErrorKind::Molecule(Chem::Syntax)),
            Some(ErrorKind::Molecule(Chem::Empty)),
            None,
            Some(ErrorKind::Molecule(Chem::Valence)),
            Some(ErrorKind::Input),
            kinds[6],
            None,
        ]
    );
    assert!(matches!(kinds[6], Some(ErrorKind::Molecule(_))));
    for (i, row) in p.rows.iter().enumerate() {
        let values = p.values.row(i);
        assert!(values.iter().all(|v| v.is_nan() == row.is_err()), "row {i}");
        if row.is_ok() {
            assert_eq!(values, p.values.row(0));
        }
    }
    let mut out = [0.0; 2];
    let e = model.predict_one("C(C", &[0, 1], &mut out).unwrap_err();
    assert_eq!((e.kind, e.position.is_some()), (ErrorKind::Molecule(Chem::Syntax), true));
    assert!(out.iter().all(|v| v.is_nan()));
}

#[test]
fn an_empty_batch_gives_no_rows() {
    let p = predict(&open(), &Batch::new(), 0);
    assert_eq!((p.values.dim(), p.rows.len()), ((0, 5), 0));
}

#[test]
fn fingerprints_are_enough_for_a_model_of_bits_alone() {
    let mut m = manifest();
    m.structure.maccs_bits = 0;
    let model = Model::from_bytes(model_with(m, |_| None)).unwrap();
    let mut rows = Batch::new();
    for smiles in DRUGS {
        let molecule = chem::parse_smiles(smiles, &Default::default()).unwrap();
        rows.push_fingerprint(2, &morgan(&molecule, 2, 64));
    }
    rows.push_fingerprint(2, &Fingerprint::new(56));
    rows.push_fingerprint(1, &Fingerprint::new(64));
    let p = predict(&model, &rows, 1);
    for row in &p.rows[DRUGS.len()..] {
        assert_eq!(row.as_ref().unwrap_err().kind, ErrorKind::Input);
    }
    let from_smiles = predict(&model, &batch(DRUGS.iter().copied()), 1);
    let n = DRUGS.len() * 5;
    assert_eq!(bits(&p.values)[..n], bits(&from_smiles.values)[..n]);
}

#[test]
fn progress_is_told_in_order_on_the_calling_thread() {
    let rows = many(400);
    for threads in [1, 4] {
        let seen = Mutex::new(Vec::new());
        let caller = std::thread::current().id();
        let run = Run::watched(|p| {
            assert_eq!(std::thread::current().id(), caller);
            seen.lock().unwrap().push(p);
            ControlFlow::Continue(())
        });
        let rows = batch(rows.iter().map(String::as_str));
        open().predict(&rows, &options(threads), &run).unwrap();
        drop(run);
        let seen = seen.into_inner().unwrap();
        assert!(seen.windows(2).all(|w| w[0].done < w[1].done));
        let total = rows.len();
        assert_eq!(seen.last(), Some(&Progress { done: total, total }));
    }
}

#[test]
fn a_run_can_be_cancelled() {
    let model = open();
    let rows = many(1000);
    let rows = batch(rows.iter().map(String::as_str));
    for threads in [1, 4] {
        let calls = Mutex::new(0);
        let run = Run::watched(|_| {
            *calls.lock().unwrap() += 1;
            ControlFlow::Break(())
        });
        let e = model.predict(&rows, &options(threads), &run).unwrap_err();
        assert_eq!(e.kind, ErrorKind::Cancelled);
        assert!(run.is_cancelled());
        assert_eq!(*calls.lock().unwrap(), 1);
    }
    let run = Run::new();
    run.cancel();
    let e = model.predict(&rows, &options(2), &run).unwrap_err();
    assert_eq!(e.kind, ErrorKind::Cancelled);
}

#[test]
fn a_watch_that_panics_stops_the_run() {
    let model = open();
    let rows = many(1000);
    let rows = batch(rows.iter().map(String::as_str));
    let run = Run::watched(|_| panic!("the watch fell down"));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        model.predict(&rows, &options(4), &run).map(|_| ())
    }));
    assert!(result.is_err() && run.is_cancelled());
    // The model is none the worse.
    assert!(predict(&model, &batch(["CCO"]), 2).rows[0].is_ok());
}

#[test]
fn descriptors_reach_the_networks_whatever_the_molecule() {
    let model =
        Model::from_bytes(model_with(support::manifest_with_descriptors(), |_| None)).unwrap();
    let mut rows = batch(DRUGS.iter().copied());
    for odd in ["[Na+]", "[H][H]", "*", "[He]", "C", "[Fe+2].[O-]C(=O)C", "FC(F)(F)F"] {
        rows.push_smiles(odd);
    }
    let p = predict(&model, &rows, 2);
    assert!(p.rows.iter().all(Result::is_ok), "{:?}", p.rows);
    assert!(p.values.iter().all(|v| v.is_finite()));
    // Weights are random, so another descriptor gives another value.
    assert_ne!(p.values.row(8), p.values.row(11));
}

#[test]
fn a_network_that_gives_no_number_fails_its_row_alone() {
    // log-like: 1 / (sum of one bit) is infinite where the bit is not set.
    use support::onnx;
    let m = manifest();
    let width = m.structure.width();
    let mut weights = vec![0.0; width * 3];
    // MACCS key 164: an oxygen.
    weights[164 * 3..165 * 3].fill(1.0);
    let graph = onnx::model(
        vec![
            onnx::node("MatMul", &["x", "w"], "h", vec![]),
            onnx::node("Div", &["one", "h"], "y", vec![]),
        ],
        vec![onnx::tensor("w", &[width, 3], &weights), onnx::tensor("one", &[1], &[1.0])],
        vec![onnx::value("x", width as i64)],
        vec![onnx::value("y", 3)],
    );
    let file = model_with(m, |path| path.contains("/c.").then(|| onnx::bytes(&graph)));
    let model = Model::from_bytes(file).unwrap();
    let mut options = options(1);
    options.tasks = Some(vec![3]);
    let p = model.predict(&batch(["CCO", "CCC", "CO"]), &options, &Run::new()).unwrap();
    assert!(p.rows[0].is_ok() && p.rows[2].is_ok());
    assert_eq!(p.rows[1].as_ref().unwrap_err().kind, ErrorKind::Internal);
    assert_eq!(
        p.values.column(0).iter().map(|v| v.is_nan()).collect::<Vec<_>>(),
        [false, true, false]
    );
}
