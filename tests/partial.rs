//! Profiles of which some features were measured: what is given stays, informs the rest, and in the same bits whatever the
//! batch.

mod support;

use chmr::chem::{Limits, parse_smiles};
use chmr::features::morgan;
use chmr::reference::{Library, Member, Modality, Profiles, Propagation, Scale, Weighting};
use chmr::{Batch, ErrorKind, Imputations, ImputeOptions, Model, Run};
use ndarray::{Array2, s};

const FEATURES: usize = 90;
const MOLECULES: usize = 60;

fn made(i: usize) -> f32 {
    ((i * 2_654_435_761) % 1009) as f32 / 504.5 - 1.0
}

/// Three causes that have nothing to do with structure, and a little noise.
fn value(row: usize, feature: usize) -> f32 {
    let common: f32 =
        (0..3).map(|c| made(row * 7 + c * 1013 + 5) * made(feature * 11 + c * 577 + 3)).sum();
    common + 0.1 * made(row * FEATURES + feature + 40_000)
}

fn smiles(row: usize) -> String {
    let heads = ["O", "N", "Cl", "c1ccccc1"];
    format!("{}{}{}", heads[row % 4], "C".repeat(1 + row / 8), ["O", "N"][row / 4 % 2])
}

fn model() -> Model {
    let members = (0..MOLECULES).map(|row| {
        let molecule = parse_smiles(&smiles(row), &Limits::default()).unwrap();
        let fingerprint = morgan(&molecule, 2, 1024);
        Member { id: format!("m{row}"), smiles: smiles(row), fingerprint }
    });
    let library = Library::new(2, 1024, members.collect()).unwrap();
    let values = Array2::from_shape_fn((MOLECULES, FEATURES), |(r, f)| value(r, f));
    let features = (0..FEATURES).map(|f| format!("f{f}")).collect();
    let rows = (0..MOLECULES as u32).collect();
    let profiles = Profiles::new(features, Scale::Linear, 0.0, rows, values.view()).unwrap();
    let weighting = Weighting { power: 2, noise: 1.0 };
    let modality = Modality::new("expression", Vec::new(), profiles, weighting).unwrap();
    Model::from_bytes(support::model())
        .unwrap()
        .with_library(library.with(modality).unwrap())
        .unwrap()
}

fn batch(rows: usize) -> Batch {
    let mut batch = Batch::new();
    for row in 0..rows {
        batch.push_smiles(&format!("{}F", smiles(row)));
    }
    batch
}

fn impute(model: &Model, observed: &Array2<f32>, threads: usize) -> Imputations {
    let options = ImputeOptions { threads, ..Default::default() };
    let batch = batch(observed.nrows());
    model.impute(&batch, "expression", Some(observed.view()), &options, &Run::new()).unwrap()
}

/// New profiles of the same causes, as many as `rows`.
fn truth(rows: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, FEATURES), |(r, f)| value(r + 500, f))
}

/// The truth where `given` says so.
fn observed(rows: usize, given: impl Fn(usize, usize) -> bool) -> Array2<f32> {
    let truth = truth(rows);
    Array2::from_shape_fn((rows, FEATURES), |(r, f)| match given(r, f) {
        true => truth[[r, f]],
        false => f32::NAN,
    })
}

fn pearson(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len() as f32;
    let (ma, mb) = (a.iter().sum::<f32>() / n, b.iter().sum::<f32>() / n);
    let sum = |x: &[f32], mx: f32, y: &[f32], my: f32| -> f32 {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
    };
    sum(a, ma, b, mb) / (sum(a, ma, a, ma) * sum(b, mb, b, mb)).sqrt()
}

fn bits(imputed: &Imputations, row: usize) -> Vec<u32> {
    let values = imputed.values.row(row);
    values.iter().chain(imputed.spread.row(row)).map(|v| v.to_bits()).collect()
}

#[test]
fn what_is_given_stays_and_tells_of_the_rest() {
    let model = model();
    let (rows, truth) = (40, truth(40));
    let mut before = -1.0;
    for count in [0, 3, 30, FEATURES - 1] {
        let known = observed(rows, |r, f| (f + r) % FEATURES < count);
        let imputed = impute(&model, &known, 2);
        let (mut rest, mut expected) = (Vec::new(), Vec::new());
        for ((r, f), v) in known.indexed_iter() {
            if v.is_nan() {
                rest.push(imputed.values[[r, f]]);
                expected.push(truth[[r, f]]);
                assert!(imputed.spread[[r, f]] > 0.0);
            } else {
                assert_eq!(imputed.values[[r, f]].to_bits(), v.to_bits());
                assert_eq!(imputed.spread[[r, f]], 0.0);
            }
        }
        let support = imputed.support.iter().flatten();
        assert!(
            support.clone().count() == rows
                && support.clone().all(|s| s.observed as usize == count)
        );
        let found = pearson(&rest, &expected);
        assert!(found > before, "{count}: {found} after {before}");
        before = found;
    }
    assert!(before > 0.95, "{before}");
}

#[test]
fn intervals_hold_what_they_say() {
    let (rows, truth) = (60, truth(60));
    let known = observed(rows, |r, f| (f * 7 + r) % 9 < 3);
    let imputed = impute(&model(), &known, 1);
    for coverage in [0.5, 0.8, 0.95] {
        let (mut within, mut all) = (0.0, 0.0);
        for ((r, f), _) in known.indexed_iter().filter(|(_, v)| v.is_nan()) {
            let width = imputed.half_width(r, coverage).unwrap() * imputed.spread[[r, f]];
            within += f32::from(u8::from((imputed.values[[r, f]] - truth[[r, f]]).abs() < width));
            all += 1.0;
        }
        // 3,600 values, but of 60 profiles only.
        assert!((within / all - coverage).abs() < 0.06, "{coverage}: {}", within / all);
    }
    assert_eq!((imputed.half_width(0, 0.3), imputed.half_width(rows, 0.8)), (None, None));
}

#[test]
fn nothing_given_changes_nothing() {
    let model = model();
    let options = ImputeOptions::default();
    let plain = model.impute(&batch(20), "expression", None, &options, &Run::new()).unwrap();
    // Every other row has something: the others are as though it had not.
    let some = impute(&model, &observed(20, |r, f| r % 2 == 1 && f < 4), 2);
    let none = impute(&model, &observed(20, |_, _| false), 1);
    for row in 0..20 {
        assert_eq!(bits(&none, row), bits(&plain, row));
        assert_eq!(bits(&some, row) == bits(&plain, row), row % 2 == 0);
    }
    // Infinities come back, and tell nothing.
    let mut infinite = observed(20, |_, _| false);
    infinite.column_mut(3).fill(f32::INFINITY);
    let infinite = impute(&model, &infinite, 1);
    assert_eq!(infinite.values.slice(s![.., 4..]), plain.values.slice(s![.., 4..]));
    assert!(infinite.values.column(3).iter().all(|v| *v == f32::INFINITY));
}

#[test]
fn bits_depend_on_nothing_but_the_row() {
    let model = model();
    // Sets of features that many rows share, and others of one row alone.
    let given = |r: usize, f: usize| match r % 3 {
        0 => f < 5,
        1 => f % 10 == 2,
        _ => (f + r).is_multiple_of(13),
    };
    let known = observed(50, given);
    let all = impute(&model, &known, 3);
    assert_eq!(all.values, impute(&self::model(), &known, 1).values);
    for row in [0, 1, 2, 31, 49] {
        let mut alone = Array2::from_elem((row + 1, FEATURES), f32::NAN);
        alone.row_mut(row).assign(&known.row(row));
        assert_eq!(bits(&impute(&model, &alone, 1), row), bits(&all, row), "row {row}");
    }
}

#[test]
fn plain_propagation_takes_no_part() {
    let model = model();
    let known = observed(5, |_, f| f < 30);
    let propagation = Some(Propagation::default());
    let options = ImputeOptions { propagation, ..Default::default() };
    let of = |known| model.impute(&batch(5), "expression", known, &options, &Run::new()).unwrap();
    let (plain, some) = (of(None), of(Some(known.view())));
    assert_eq!(some.values.slice(s![.., 30..]), plain.values.slice(s![.., 30..]));
    assert_eq!(some.values.slice(s![.., ..30]), known.slice(s![.., ..30]));
}

#[test]
fn a_panel_explains_more_with_every_feature() {
    let model = model();
    let panel = model.panel("expression", 12, &Run::new()).unwrap();
    let mut features: Vec<usize> = panel.iter().map(|c| c.feature).collect();
    assert!(panel.windows(2).all(|w| w[0].explained <= w[1].explained + 1e-6), "{panel:?}");
    // Three causes: three features tell most, and the noise cannot be told.
    assert!(panel[2].explained > 0.5 && panel[11].explained < 1.0, "{panel:?}");
    features.sort_unstable();
    assert!(features.windows(2).all(|w| w[0] < w[1]) && features[11] < FEATURES);
    for size in [0, FEATURES + 1] {
        let e = model.panel("expression", size, &Run::new()).unwrap_err();
        assert_eq!(e.kind, ErrorKind::Argument);
    }
    assert!(model.panel("expression", FEATURES, &Run::new()).is_ok());
    let run = Run::new();
    run.cancel();
    let e = self::model().panel("expression", 3, &run).unwrap_err();
    assert_eq!(e.kind, ErrorKind::Cancelled);
}

#[test]
fn a_run_is_cancelled_while_it_learns() {
    let run = Run::new();
    run.cancel();
    let model = model();
    let known = observed(3, |_, f| f == 0);
    let options = ImputeOptions::default();
    let e = model.impute(&batch(3), "expression", Some(known.view()), &options, &run);
    assert_eq!(e.unwrap_err().kind, ErrorKind::Cancelled);
    // Who comes next has it learned anew.
    assert!(impute(&model, &known, 1).values.iter().all(|v| v.is_finite()));
}
