//! Intervals, calibration and the applicability domain, through the model.

mod support;

use chmr::chem::MoleculeFlags;
use chmr::model::{Manifest, ModelWriter, TaskKind, TrustEntry};
use chmr::trust::{Unlike, half_width};
use chmr::{Batch, COVERAGES, ErrorKind, HeldOut, Model, PredictOptions, Run};
use ndarray::Array2;
use std::sync::OnceLock;

fn batch<S: AsRef<str>>(smiles: &[S]) -> Batch {
    let mut batch = Batch::new();
    smiles.iter().for_each(|s| _ = batch.push_smiles(s.as_ref()));
    batch
}

fn options(threads: usize) -> PredictOptions {
    PredictOptions { threads, trust: true, ..Default::default() }
}

/// The whole model, made once.
fn whole() -> Model {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    Model::from_bytes(FILE.get_or_init(support::whole).clone()).unwrap()
}

#[test]
fn intervals_are_the_quantiles_of_the_residuals() {
    let model = whole();
    let held_out = batch(&support::held_out());
    let predicted = model.predict(&held_out, &options(1), &Run::new()).unwrap();
    let trust = predicted.trust.as_ref().unwrap();
    assert_eq!(trust.coverages, COVERAGES);
    let labels = support::labels();
    for (column, &task) in predicted.tasks.iter().enumerate() {
        let residuals: Vec<f32> = predicted
            .values
            .column(column)
            .iter()
            .zip(labels.column(task))
            .map(|(v, y)| y - v)
            .collect();
        for (level, &coverage) in COVERAGES.iter().enumerate() {
            let expected = match model.tasks()[task].kind {
                TaskKind::Classification => None,
                TaskKind::Regression => half_width(&residuals, f64::from(coverage)),
            };
            let width = trust.half_widths[(level, column)];
            assert_eq!(Some(width).filter(|w| !w.is_nan()), expected, "{task} {coverage}");
            let interval = predicted.interval(3, column, level);
            let value = predicted.values[(3, column)];
            assert_eq!(interval, expected.map(|w| (value - w, value + w)));
        }
    }
    // Eight measurements promise 80 %, not 90 %.
    assert!(predicted.interval(0, 4, 0).is_some() && predicted.interval(0, 4, 1).is_none());
    assert!(predicted.interval(0, 3, 3).is_none() && predicted.interval(99, 3, 0).is_none());
}

#[test]
fn the_domain_is_where_the_held_out_molecules_are() {
    let model = whole();
    let held_out = batch(&support::held_out());
    let predicted = model.predict(&held_out, &options(1), &Run::new()).unwrap();
    let inside = |row| {
        let (place, domain) = predicted.placement(row, 0).unwrap();
        place.is_inside(&domain.limits)
    };
    assert!((0..30).filter(|&row| inside(row)).count() >= 22, "at most a quarter outside");

    let strange = "O=C1N(Br)S(=O)(=O)C(I)(F)C12P(=O)(O)OB(O)[Si]2(Cl)Cl";
    // What no training molecule has: an element, so many atoms, a charge; and what is refused.
    let smiles = ["CCCO", strange, "C(", "CCCCF", &"C".repeat(60), "CCC[O-]"];
    let predicted = model.predict(&batch(&smiles), &options(1), &Run::new()).unwrap();
    let told = |row| {
        let (place, domain) = predicted.placement(row, 2).unwrap();
        assert_eq!(domain.dataset, "test");
        (place, place.is_inside(&domain.limits), place.reason(&domain.limits, "test"))
    };
    let (own, inside, reason) = told(0);
    assert!(own.nearest == 1.0 && inside && reason.is_empty(), "{reason}");
    let (far, inside, reason) = told(1);
    assert!(!inside && far.unlike == Some(Unlike::Element(5)));
    assert!(reason.contains("similarity") && reason.contains("contains B"), "{reason}");
    for (row, needle) in [
        (3, "contains F, as no training molecule of test does"),
        (4, "60 heavy atoms, the training molecules of test have 2 to 26"),
        (5, "net charge is -1"),
    ] {
        let (_, inside, reason) = told(row);
        assert!(!inside && reason.contains(needle), "{reason}");
    }
    assert!(predicted.placement(2, 2).is_none() && predicted.interval(2, 3, 0).is_none());
    assert!(predicted.placement(0, 5).is_none() && predicted.placement(6, 0).is_none());
}

#[test]
fn a_training_molecule_is_always_inside() {
    let model = whole();
    let chains: Vec<String> = (1..20)
        .flat_map(|i| ["O", "Oc1ccccc1"].map(|end| format!("{}{end}", "C".repeat(i))))
        .collect();
    let predicted = model.predict(&batch(&chains), &options(2), &Run::new()).unwrap();
    for (row, smiles) in chains.iter().enumerate() {
        let (place, domain) = predicted.placement(row, 0).unwrap();
        assert!(place.is_inside(&domain.limits) && place.nearest == 1.0, "{smiles}: {place:?}");
    }
}

#[test]
fn files_of_before_compositions_are_judged_by_similarity() {
    let model = changed(|t| domain(t).composition = None, |b| b).unwrap();
    let boron = model.predict(&batch(&["CCCCO", "CCCCB"]), &options(1), &Run::new()).unwrap();
    let (place, domain) = boron.placement(0, 0).unwrap();
    assert!(place.is_inside(&domain.limits) && place.unlike.is_none());
    let (place, domain) = boron.placement(1, 0).unwrap();
    assert_eq!(place.is_inside(&domain.limits), place.nearest >= domain.limits.least_similarity);
}

#[test]
fn odd_molecules_are_flagged_without_being_asked() {
    use MoleculeFlags as F;
    let model = whole();
    let smiles = ["*", "[Fe]", "[H][H]", "[Na+].[Cl-]", "CC(=O)Nc1ccc(O)cc1", "C("];
    let plain = PredictOptions { threads: 1, ..Default::default() };
    let predicted = model.predict(&batch(&smiles), &plain, &Run::new()).unwrap();
    for (row, flag) in
        [F::DUMMY_ATOM, F::METAL, F::NO_HEAVY_ATOM, F::SEVERAL_COMPONENTS].into_iter().enumerate()
    {
        let found = predicted.flags[row];
        assert!(found.contains(flag) && found.contains(F::NO_CARBON), "{}: {found:?}", smiles[row]);
        assert!(predicted.rows[row].is_ok() && predicted.values[(row, 0)].is_finite());
    }
    assert!(predicted.flags[4].is_empty() && predicted.flags[5].is_empty());
}

#[test]
fn places_depend_on_nothing_but_the_molecule() {
    let model = whole();
    let smiles = support::held_out();
    let many: Vec<&String> = (0..200).map(|i| &smiles[i % 30]).collect();
    let all = model.predict(&batch(&many), &options(3), &Run::new()).unwrap();
    let plain = PredictOptions { trust: false, ..options(1) };
    let without = model.predict(&batch(&many), &plain, &Run::new()).unwrap();
    assert_eq!(all.values, without.values);
    assert!(without.trust.is_none() && without.interval(0, 3, 0).is_none());
    let some = PredictOptions { tasks: Some(vec![3]), ..options(1) };
    for (i, one) in smiles.iter().enumerate() {
        let alone = model.predict(&batch(&[one]), &some, &Run::new()).unwrap();
        for row in (i..200).step_by(30) {
            assert_eq!(all.placement(row, 0), alone.placement(0, 0));
            assert_eq!(all.interval(row, 3, 1), alone.interval(0, 0, 1));
        }
    }
}

#[test]
fn calibrating_again_gives_the_same_file() {
    let once = support::whole();
    let model = Model::from_bytes(once.clone()).unwrap();
    let trust = model.manifest().trust.clone().unwrap();
    assert_eq!(trust.datasets["test"].rows, 30);
    assert!(trust.datasets["test"].calibration_error.is_some_and(|e| (0.0..=1.0).contains(&e)));
    let domain = trust.datasets["test"].domain.as_ref().unwrap();
    assert_eq!(domain.molecules, 38);
    let composition = domain.composition.as_ref().unwrap();
    assert_eq!(composition.elements, ["C", "O"]);
    assert_eq!((composition.heavy_atoms, composition.charge), ([2, 26], [0, 0]));
    let labels = support::labels();
    let chains: Vec<String> = (1..20)
        .flat_map(|i| ["O", "Oc1ccccc1"].map(|end| format!("{}{end}", "C".repeat(i))))
        .collect();
    let (training, molecules) = (batch(&chains), batch(&support::held_out()));
    let set = |labels| HeldOut {
        dataset: "test",
        training: &training,
        molecules: &molecules,
        labels,
        twin: None,
    };
    assert!(model.calibrated(&[set(labels.view())], 2).unwrap() == once);

    let short = Array2::<f32>::zeros((30, 4));
    let other = HeldOut { dataset: "other", ..set(labels.view()) };
    for sets in [&[set(short.view())][..], &[set(labels.view()); 2], &[other]] {
        assert_eq!(model.calibrated(sets, 1).unwrap_err().kind, ErrorKind::Argument);
    }
}

#[test]
fn a_model_that_says_nothing_of_trust_says_so() {
    let model = Model::from_bytes(support::model()).unwrap();
    let e = model.predict(&batch(&["CCO"]), &options(1), &Run::new()).unwrap_err();
    assert!(e.kind == ErrorKind::Argument && e.message.contains("trust"), "{e}");
}

/// The whole model with its section changed, and its training molecules by `bytes`.
fn changed(
    change: impl Fn(&mut TrustEntry),
    bytes: impl Fn(Vec<u8>) -> Vec<u8>,
) -> Result<Model, chmr::Error> {
    let model = whole();
    let mut trust = model.manifest().trust.clone().unwrap();
    let domain = trust.domain.clone().unwrap();
    change(&mut trust);
    let mut writer = ModelWriter::new();
    for path in model.manifest().entries.keys() {
        let content = model.entry(path).unwrap().to_vec();
        writer.add(path, if *path == domain { bytes(content) } else { content }).unwrap();
    }
    let file = writer.finish(Manifest { trust: Some(trust), ..model.manifest().clone() })?;
    Model::from_bytes(file)
}

#[test]
fn sections_that_do_not_fit_are_refused() {
    assert!(changed(|_| {}, |b| b).is_ok());
    type Change = fn(&mut TrustEntry);
    let changes: &[(Change, &str)] = &[
        (|t| t.coverages[0] = 0.0, "coverages"),
        (|t| t.coverages[1] = f32::NAN, "coverages"),
        (|t| t.coverages.swap(0, 2), "coverages"),
        (|t| t.coverages = vec![0.5; 17], "coverages"),
        (|t| _ = t.half_widths.insert("none".into(), vec![None; 3]), "'none'"),
        (|t| _ = t.half_widths.insert("test/3".into(), vec![None; 2]), "'test/3'"),
        (|t| _ = t.half_widths.insert("test/3".into(), vec![Some(-1.0); 3]), "'test/3'"),
        (|t| t.domain = None, "'test'"),
        (|t| t.domain = Some("trust/absent".into()), "absent"),
        (|t| t.domain = Some("MODEL_CARD.md".into()), "safetensors"),
        (|t| _ = t.datasets.insert("other".into(), t.datasets["test"].clone()), "'other'"),
        (|t| domain(t).molecules = 37, "words"),
        (|t| domain(t).molecules = usize::MAX, "words"),
        (|t| domain(t).least_similarity = 1.5, "similarity"),
        (|t| composition(t).elements.push("Xx".into()), "elements"),
        (|t| composition(t).heavy_atoms = [2, 1], "heavy_atoms"),
        (|t| composition(t).charge = [1, -1], "charge"),
    ];
    for (i, (change, needle)) in changes.iter().enumerate() {
        let e = changed(change, |b| b).unwrap_err();
        let known = matches!(e.kind, ErrorKind::Corrupt | ErrorKind::Limit);
        assert!(known && e.message.contains(needle), "change {i}: {e}");
    }
    // Cut anywhere, and with bytes that are no lengths.
    for cut in [0, 7, 8, 60, 1200] {
        let e = changed(|_| {}, |b| b[..cut].to_vec()).unwrap_err();
        assert_eq!(e.kind, ErrorKind::Corrupt);
    }
    assert!(changed(|_| {}, |b| [&[0xff; 8], &b[8..]].concat()).is_err());
}

fn domain(trust: &mut TrustEntry) -> &mut chmr::model::DomainEntry {
    trust.datasets.get_mut("test").unwrap().domain.as_mut().unwrap()
}

fn composition(trust: &mut TrustEntry) -> &mut chmr::model::CompositionEntry {
    domain(trust).composition.as_mut().unwrap()
}
