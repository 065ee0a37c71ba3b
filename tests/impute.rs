//! Imputation and neighbours through the model: what comes back untouched, what a row rests on,
//! independence of the batch, and library files.

mod support;

use chmr::chem::{Limits, parse_smiles};
use chmr::features::morgan;
use chmr::reference::{
    Activity, Context, Library, Member, Method, Modality, Profiles, Propagation, Scale, Weighting,
};
use chmr::{Batch, ErrorKind, ImputeOptions, Model, NeighborOptions, Run};
use ndarray::Array2;

const SMILES: [&str; 9] = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "OC(=O)c1ccccc1O",
    "CC(=O)Nc1ccc(O)cc1",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "Cn1c(=O)c2[nH]cnc2n(C)c1=O",
    "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "c1ccc2ccccc2c1",
    "CCCCCCCCCCCCCCCC(=O)O",
    "O=C(O)c1ccncc1",
];

const FEATURES: usize = 5;

fn value(row: usize, column: usize) -> f32 {
    ((row * 31 + column * 17 + 7) % 23) as f32 / 4.0 - 2.0
}

fn member(id: &str, smiles: &str) -> Member {
    let molecule = parse_smiles(smiles, &Limits::default()).unwrap();
    Member { id: id.into(), smiles: smiles.into(), fingerprint: morgan(&molecule, 2, 1024) }
}

/// Profiles of all molecules but the last two.
fn modality(name: &str, first: u32) -> Modality {
    let rows: Vec<u32> = (first..7).collect();
    let values = Array2::from_shape_fn((rows.len(), FEATURES), |(r, c)| value(rows[r] as usize, c));
    let features = (0..FEATURES).map(|f| format!("f{f}")).collect();
    let profiles = Profiles::new(features, Scale::Asinh, 0.0, rows, values.view()).unwrap();
    let labels = (0..FEATURES).map(|f| format!("label {f}")).collect();
    Modality::new(name, labels, profiles, Weighting { power: 2, noise: 0.5 }).unwrap()
}

fn library() -> Library {
    let members = SMILES.iter().enumerate().map(|(i, s)| member(&format!("m{i}"), s)).collect();
    Library::new(2, 1024, members).unwrap().with(modality("expression", 0)).unwrap()
}

fn model() -> Model {
    Model::from_bytes(support::model()).unwrap().with_library(library()).unwrap()
}

fn batch(smiles: &[&str]) -> Batch {
    let mut batch = Batch::new();
    for s in smiles {
        batch.push_smiles(s);
    }
    batch
}

const QUERIES: [&str; 6] = [
    "CC(=O)Oc1ccccc1C(=O)OC",
    "not a molecule",
    "Cn1c(=O)c2c(ncn2C)n(CC)c1=O",
    "[Na+]",
    "CC(C)Cc1ccc(cc1)C(C)C(=O)N",
    "OC(=O)c1ccccc1O",
];

fn impute(model: &Model, smiles: &[&str], threads: usize) -> chmr::Imputations {
    let options = ImputeOptions { threads, ..Default::default() };
    model.impute(&batch(smiles), "expression", None, &options, &Run::new()).unwrap()
}

#[test]
fn a_bad_row_is_alone_with_its_fault() {
    let imputed = impute(&model(), &QUERIES, 1);
    assert!(matches!(imputed.rows[1], Err(ref e) if matches!(e.kind, ErrorKind::Molecule(_))));
    for (row, values) in imputed.values.outer_iter().enumerate() {
        assert_eq!(values.iter().all(|v| v.is_nan()), row == 1);
        assert_eq!(imputed.support[row].is_none(), row == 1);
        assert_eq!(imputed.methods[row].is_none(), row == 1);
        assert_eq!(imputed.spread.row(row).iter().all(|v| v.is_finite()), row != 1);
    }
}

#[test]
fn support_names_the_molecules_and_their_similarity() {
    let model = model();
    let imputed = impute(&model, &QUERIES, 1);
    let library = model.library().unwrap();
    for row in [0, 2, 4, 5] {
        let support = imputed.support[row].as_ref().unwrap();
        let molecule = parse_smiles(QUERIES[row], &Limits::default()).unwrap();
        let query = morgan(&molecule, 2, 1024);
        // The definition, bit by bit.
        let mut all: Vec<(f32, u32)> = (0..7)
            .map(|m| {
                let known =
                    morgan(&parse_smiles(SMILES[m as usize], &Limits::default()).unwrap(), 2, 1024);
                let common = (0..1024).filter(|&i| query.get(i) && known.get(i)).count();
                let union = (0..1024).filter(|&i| query.get(i) || known.get(i)).count();
                ((common as f64 / union as f64) as f32, m)
            })
            .filter(|s| s.0 > 0.0)
            .collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all.truncate(chmr::reference::SOURCES);
        let told: Vec<_> = support.sources.iter().map(|s| (s.similarity, s.member)).collect();
        assert_eq!(told, all);
        assert_eq!((support.nearest, support.hops), (all[0].0, Some(1)));
        assert_eq!(imputed.methods[row], Some(Method::Regression));
        assert!(!library.id(all[0].1 as usize).is_empty());
    }
    let same = imputed.support[5].as_ref().unwrap();
    assert_eq!((same.nearest, same.sources[0].member), (1.0, 1));
}

#[test]
fn a_molecule_like_none_gets_the_mean_and_is_told_so() {
    let imputed = impute(&model(), &QUERIES, 1);
    let support = imputed.support[3].as_ref().unwrap();
    assert_eq!((support.nearest, support.neighbors, support.hops), (0.0, 0, None));
    assert_eq!((support.explained, imputed.methods[3]), (0.0, Some(Method::Mean)));
    for c in 0..FEATURES {
        let mean = (0..7).map(|r| value(r, c).asinh()).sum::<f32>() / 7.0;
        // Sums of seven f32 in another order.
        assert!((imputed.values[[3, c]] - mean.sinh()).abs() < 1e-5);
    }
    // The less is known, the wider the spread.
    let relative = |row: usize| -> f32 {
        let cosh = |v: f32| (1.0 + v * v).sqrt();
        imputed.spread.row(row).iter().zip(imputed.values.row(row)).map(|(s, v)| s / cosh(*v)).sum()
    };
    assert!([0, 2, 4, 5].iter().all(|&row| relative(row) < relative(3)));
}

#[test]
fn bits_depend_on_nothing_but_the_molecule() {
    let model = model();
    let many: Vec<&str> = (0..70).map(|i| QUERIES[i % QUERIES.len()]).collect();
    let bits = |imputed: &chmr::Imputations, row: usize| -> Vec<u32> {
        let values = imputed.values.row(row);
        values.iter().chain(imputed.spread.row(row)).map(|v| v.to_bits()).collect()
    };
    let all = impute(&model, &many, 3);
    for (i, query) in QUERIES.iter().enumerate() {
        let alone = impute(&model, &[query], 1);
        for row in (i..70).step_by(QUERIES.len()) {
            assert_eq!(bits(&all, row), bits(&alone, 0), "{query} in row {row}");
        }
    }
}

#[test]
fn what_was_observed_comes_back_untouched() {
    let model = model();
    let plain = impute(&model, &QUERIES, 1);
    let mut known = Array2::from_elem((QUERIES.len(), FEATURES), f32::NAN);
    known[[0, 2]] = -123.456;
    for c in 0..FEATURES {
        known[[2, c]] = c as f32;
        known[[1, c]] = 1.0;
    }
    let options = ImputeOptions::default();
    let run = Run::new();
    let imputed =
        model.impute(&batch(&QUERIES), "expression", Some(known.view()), &options, &run).unwrap();
    assert_eq!((imputed.values[[0, 2]], imputed.spread[[0, 2]]), (-123.456, 0.0));
    // What is given tells of the others (tests/partial.rs), in its own row alone.
    assert!([0, 1, 3, 4].iter().all(|&c| imputed.values[[0, c]] != plain.values[[0, c]]));
    assert_eq!(imputed.values.row(3), plain.values.row(3));
    assert_eq!(imputed.methods[0], Some(Method::Regression));
    assert_eq!(imputed.values.row(2), known.row(2));
    assert_eq!(imputed.methods[2], Some(Method::Observed));
    assert_eq!(imputed.support[2].as_ref().unwrap().hops, Some(0));
    assert!(imputed.rows[1].is_err() && imputed.values[[1, 0]].is_nan());
    let wrong = Array2::zeros((1, FEATURES));
    let e = model
        .impute(&batch(&QUERIES), "expression", Some(wrong.view()), &options, &run)
        .unwrap_err();
    assert_eq!(e.kind, ErrorKind::Argument);
}

#[test]
fn plain_propagation_averages_the_neighbours() {
    let model = model();
    let propagation = Some(Propagation { neighbors: 2, steps: 1 });
    let options = ImputeOptions { propagation, ..Default::default() };
    let queries = ["CC(=O)Oc1ccccc1C(=O)OC"];
    let imputed =
        model.impute(&batch(&queries), "expression", None, &options, &Run::new()).unwrap();
    let options = NeighborOptions { k: 2, ..Default::default() };
    let found = model.neighbors(&batch(&queries), &options, &Run::new()).unwrap();
    let found = found[0].as_ref().unwrap();
    // Both nearest have profiles, so the average of the two is the definition.
    assert!(found.len() == 2 && found.iter().all(|n| n.member < 7));
    let total: f32 = found.iter().map(|n| n.similarity).sum();
    for c in 0..FEATURES {
        let expected: f32 =
            found.iter().map(|n| n.similarity / total * value(n.member as usize, c).asinh()).sum();
        assert!((imputed.values[[0, c]] - expected.sinh()).abs() < 1e-5);
    }
    assert_eq!(imputed.methods[0], Some(Method::Propagation));
    for bad in [Propagation { neighbors: 0, steps: 1 }, Propagation { neighbors: 1, steps: 0 }] {
        let options = ImputeOptions { propagation: Some(bad), ..Default::default() };
        let e = model.impute(&batch(&queries), "expression", None, &options, &Run::new());
        assert_eq!(e.unwrap_err().kind, ErrorKind::Argument);
    }
}

#[test]
fn neighbours_are_sorted_bounded_and_above_the_threshold() {
    let model = model();
    let find = |k, threshold| {
        let options = NeighborOptions { k, threshold, threads: 2, ..Default::default() };
        model.neighbors(&batch(&QUERIES), &options, &Run::new()).unwrap()
    };
    let all = find(100, 0.0);
    assert!(all[1].is_err());
    for row in all.iter().flatten() {
        assert_eq!(row.len(), SMILES.len());
        assert!(row.windows(2).all(|w| w[0].similarity >= w[1].similarity));
    }
    for (some, all) in find(2, 0.3).iter().zip(&all) {
        if let (Ok(some), Ok(all)) = (some, all) {
            let expected: Vec<_> =
                all.iter().filter(|n| n.similarity >= 0.3).take(2).copied().collect();
            assert_eq!(*some, expected);
        }
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let model = model();
    let (options, run) = (ImputeOptions::default(), Run::new());
    let e = model.impute(&batch(&QUERIES), "proteome", None, &options, &run).unwrap_err();
    assert!(e.kind == ErrorKind::Argument && e.message.contains("expression"), "{e}");
    let bare = Model::from_bytes(support::model()).unwrap();
    let e = bare.impute(&batch(&QUERIES), "expression", None, &options, &run).unwrap_err();
    assert!(e.kind == ErrorKind::Argument && e.message.contains("library"), "{e}");
    run.cancel();
    let e = model.impute(&batch(&QUERIES), "expression", None, &options, &run).unwrap_err();
    assert_eq!(e.kind, ErrorKind::Cancelled);
    let empty = model.impute(&Batch::new(), "expression", None, &options, &Run::new()).unwrap();
    assert_eq!(empty.values.dim(), (0, FEATURES));
}

#[test]
fn a_threshold_is_a_similarity() {
    let (model, queries) = (model(), batch(&QUERIES));
    for threshold in [-0.1, 1.0001, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let options = NeighborOptions { threshold, ..Default::default() };
        let e = model.neighbors(&queries, &options, &Run::new()).unwrap_err();
        assert_eq!(e.kind, ErrorKind::Argument);
        assert!(e.message.contains("0 to 1"), "{e}");
    }
    for threshold in [0.0, -0.0, 1.0] {
        let options = NeighborOptions { threshold, ..Default::default() };
        assert!(model.neighbors(&queries, &options, &Run::new()).is_ok());
    }
}

#[test]
fn hops_are_none_only_of_a_whole_profile_of_the_callers() {
    let model = model();
    let queries = batch(&QUERIES);
    let mut known = Array2::from_elem((QUERIES.len(), FEATURES), f32::NAN);
    known.row_mut(0).fill(1.5);
    known[[2, 0]] = 1.5;
    let options = ImputeOptions::default();
    let imputed =
        model.impute(&queries, "expression", Some(known.view()), &options, &Run::new()).unwrap();
    let hops = |row: usize| imputed.support[row].as_ref().unwrap().hops;
    assert_eq!((hops(0), imputed.methods[0]), (Some(0), Some(Method::Observed)));
    assert_eq!((hops(2), imputed.methods[2]), (Some(1), Some(Method::Regression)));
    // The library's own molecule.
    assert_eq!(hops(5), Some(1));
}

#[test]
fn features_are_named_once_and_weights_bounded() {
    let profiles = |features: [&str; 3]| {
        let features = features.map(str::to_owned).to_vec();
        let values = Array2::from_shape_fn((2, 3), |(r, c)| value(r, c));
        Profiles::new(features, Scale::Linear, 0.0, vec![0, 1], values.view())
    };
    assert_eq!(profiles(["a", "b", "a"]).unwrap_err(), "feature 'a' is named twice");
    assert_eq!(profiles(["a", "", "c"]).unwrap_err(), "a feature has no name");
    let good = profiles(["a", "b", "c"]).unwrap();
    let weighted = |power, noise| {
        let weighting = Weighting { power, noise };
        Modality::new("x", Vec::new(), good.clone(), weighting).map_err(|e| e.message)
    };
    for noise in [0.001, 1e6] {
        assert!(weighted(1, noise).is_ok() && weighted(16, noise).is_ok());
    }
    for (power, noise) in [(2, 0.0009), (2, 1.1e6), (2, f32::NAN), (2, -1.0)] {
        let message = weighted(power, noise).unwrap_err();
        assert!(
            message.ends_with(&format!("noise is {noise}; expected 0.001 to 1,000,000")),
            "{message}"
        );
    }
    for power in [0, 17] {
        let message = weighted(power, 1.0).unwrap_err();
        assert!(message.ends_with(&format!("power is {power}; expected 1 to 16")), "{message}");
    }
}

#[test]
fn a_model_file_keeps_its_library() {
    let model = model();
    let file = model.to_bytes().unwrap();
    let read = Model::from_bytes(file.clone()).unwrap();
    assert_eq!(read.to_bytes().unwrap(), file);
    let (a, b) = (impute(&model, &QUERIES, 1), impute(&read, &QUERIES, 1));
    for (a, b) in a.values.iter().zip(&b.values).filter(|(a, _)| !a.is_nan()) {
        // Profiles are f16 in the file, 2⁻¹¹ of an asinh of at most 1.5; sinh at most doubles that.
        assert!((a - b).abs() < 3e-3, "{a} {b}");
    }
    let library = read.library().unwrap();
    assert_eq!((library.len(), library.id(8), library.smiles(8)), (9, "m8", SMILES[8]));
    assert_eq!(library.modality("expression").unwrap().labels()[4], "label 4");
    // Nothing else changed.
    let tasks = (read.manifest().clone(), Model::from_bytes(support::model()).unwrap());
    assert_eq!(tasks.0.networks, tasks.1.manifest().networks);
    assert_eq!(read.entry("networks/a.onnx"), tasks.1.entry("networks/a.onnx"));
}

#[test]
fn a_library_file_comes_back_and_damage_is_told() {
    let library = library();
    let file = library.to_bytes().unwrap();
    let read = Library::from_bytes(&file).unwrap();
    assert_eq!(read.to_bytes().unwrap(), file);
    assert_eq!(read.words(3), library.words(3));
    for cut in [0, 10, file.len() / 2, file.len() - 1] {
        assert_eq!(Library::from_bytes(&file[..cut]).unwrap_err().kind, ErrorKind::Corrupt);
    }
    let mut damaged = file.clone();
    let at = file.windows(4).position(|w| w == b"m3\tC").unwrap();
    damaged[at] = b'n';
    let e = Library::from_bytes(&damaged).unwrap_err();
    assert!(e.kind == ErrorKind::Corrupt && e.message.contains("SHA-256"), "{e}");
    let e = Library::from_bytes(&support::model()).unwrap_err();
    assert!(e.message.contains("model file"), "{e}");
}

#[test]
fn libraries_merge_by_id_and_the_newer_modality_counts() {
    let more = vec![member("x", "CCO"), member("m2", SMILES[2])];
    let values = Array2::from_shape_fn((2, 1), |(r, _)| r as f32 + 1.0);
    let profiles =
        Profiles::new(vec!["p".into()], Scale::Linear, 0.0, vec![0, 1], values.view()).unwrap();
    let weighting = Weighting { power: 2, noise: 0.5 };
    let other = Modality::new("morphology", Vec::new(), profiles, weighting).unwrap();
    let other = Library::new(2, 1024, more).unwrap().with(other).unwrap();
    let merged = library().merge(other).unwrap();
    assert_eq!((merged.len(), merged.id(9)), (10, "x"));
    let morphology = merged.modality("morphology").unwrap();
    assert_eq!(morphology.profiles().members(), [9, 2]);
    assert_eq!(merged.modality("expression").unwrap().profiles().members().len(), 7);

    let members = SMILES.iter().enumerate().map(|(i, s)| member(&format!("m{i}"), s)).collect();
    let newer = Library::new(2, 1024, members).unwrap().with(modality("expression", 4)).unwrap();
    let merged = library().merge(newer).unwrap();
    assert_eq!(merged.modality("expression").unwrap().profiles().members(), [4, 5, 6]);

    let clash = Library::new(2, 1024, vec![member("m0", "CCO")]).unwrap();
    assert_eq!(library().merge(clash).unwrap_err().kind, ErrorKind::Argument);
    let wider = Library::new(3, 1024, Vec::new()).unwrap();
    assert_eq!(library().merge(wider).unwrap_err().kind, ErrorKind::Argument);
}

#[test]
fn libraries_that_make_no_sense_are_refused() {
    for ids in [["a", "a"], ["a", ""], ["a", "b\tc"]] {
        let members = ids.map(|id| member(id, "CCO")).to_vec();
        assert_eq!(Library::new(2, 1024, members).unwrap_err().kind, ErrorKind::Argument);
    }
    assert!(Library::new(2, 1000, Vec::new()).is_err());
    let twice = library().with(modality("expression", 0)).unwrap_err();
    assert_eq!(twice.kind, ErrorKind::Argument);
    let small = Library::new(2, 1024, vec![member("a", "C")]).unwrap();
    assert_eq!(small.with(modality("expression", 0)).unwrap_err().kind, ErrorKind::Argument);
}

/// The model's file with its entries and manifest changed.
fn changed(
    change: impl Fn(&mut chmr::model::Manifest, &mut std::collections::BTreeMap<String, Vec<u8>>),
) -> Result<Vec<u8>, chmr::Error> {
    let file = Model::from_bytes(model().to_bytes().unwrap()).unwrap();
    let mut manifest = file.manifest().clone();
    let mut entries = manifest
        .entries
        .keys()
        .map(|path| (path.clone(), file.entry(path).unwrap().to_vec()))
        .collect();
    change(&mut manifest, &mut entries);
    let mut writer = chmr::model::ModelWriter::new();
    for (path, content) in entries {
        writer.add(&path, content).unwrap();
    }
    writer.finish(manifest)
}

/// What a file whose hashes are right but whose library is not gives.
#[track_caller]
fn refused(
    change: impl Fn(&mut chmr::model::Manifest, &mut std::collections::BTreeMap<String, Vec<u8>>),
    says: &str,
) {
    let e = changed(change).and_then(Model::from_bytes).map(|_| ()).expect_err(says);
    assert!(matches!(e.kind, ErrorKind::Corrupt | ErrorKind::Limit), "{:?}: {e}", e.kind);
    assert!(e.message.contains(says), "{e}");
}

#[test]
fn hostile_libraries_are_refused() {
    const MOLECULES: &str = "reference/molecules.tsv";
    const PRINTS: &str = "reference/fingerprints.safetensors";
    const PROFILES: &str = "reference/profiles_expression.safetensors";
    assert!(changed(|_, _| {}).is_ok_and(|file| Model::from_bytes(file).is_ok()));
    refused(|_, e| e.get_mut(MOLECULES).unwrap().truncate(2), "words");
    let without_tab = |b: &mut u8| *b = if *b == b'\t' { b' ' } else { *b };
    refused(|_, e| e.get_mut(MOLECULES).unwrap().iter_mut().for_each(without_tab), "line 1");
    refused(|_, e| *e.get_mut(MOLECULES).unwrap() = b"a\tC\n".to_vec(), "words");
    refused(|_, e| e.get_mut(MOLECULES).unwrap()[0] = 0xff, "UTF-8");
    refused(|_, e| e.get_mut(PRINTS).unwrap().truncate(20), "safetensors");
    refused(|_, e| *e.get_mut(PRINTS).unwrap() = e[PROFILES].clone(), "words");
    refused(|_, e| *e.get_mut(PROFILES).unwrap() = e[PRINTS].clone(), "members");
    // The header is eight bytes of length and its text; members come first, then values.
    let data = |content: &[u8]| 8 + u64::from_le_bytes(content[..8].try_into().unwrap()) as usize;
    refused(
        |_, e| {
            let content = e.get_mut(PROFILES).unwrap();
            let at = data(content);
            content[at..at + 4].copy_from_slice(&99u32.to_le_bytes());
        },
        "molecule 99",
    );
    refused(
        |_, e| {
            let content = e.get_mut(PROFILES).unwrap();
            let end = content.len();
            content[end - 2..].copy_from_slice(&0x7c00u16.to_le_bytes());
        },
        "finite",
    );
    let section = |m: &mut chmr::model::Manifest| m.reference.take().unwrap();
    let with = |m: &mut chmr::model::Manifest, r| m.reference = Some(r);
    refused(
        |m, _| {
            let mut r = section(m);
            r.modalities[0].features.pop();
            with(m, r);
        },
        "values",
    );
    refused(
        |m, _| {
            let mut r = section(m);
            r.modalities[0].noise = f32::NAN;
            with(m, r);
        },
        "",
    );
    refused(
        |m, _| {
            let mut r = section(m);
            r.modalities.push(r.modalities[0].clone());
            with(m, r);
        },
        "two modalities",
    );
    refused(
        |m, _| {
            let mut r = section(m);
            r.morgan_bits = 0;
            with(m, r);
        },
        "",
    );
    refused(
        |m, _| {
            let mut r = section(m);
            r.molecules = "elsewhere".into();
            with(m, r);
        },
        "elsewhere",
    );
}

#[test]
fn known_compounds_draw_on_what_they_share() {
    let words = |smiles| {
        morgan(&parse_smiles(smiles, &Limits::default()).unwrap(), 2, 1024).words().to_vec()
    };
    let known = |smiles, terms: &[&str]| {
        (words(smiles), vec![terms.iter().map(|t| t.to_string()).collect()])
    };
    // Naphthalene was observed; stearic acid is not even in the library, nor is sodium chloride.
    let (stearic, salt) = ("CCCCCCCCCCCCCCCCCC(=O)O", "[Na+].[Cl-]");
    let context = || {
        Context::new(&[known(SMILES[6], &["a"]), known(stearic, &["a", "b"]), known(salt, &["a"])])
            .unwrap()
    };
    let linked = |weight| {
        let members = SMILES.iter().enumerate().map(|(i, s)| member(&format!("m{i}"), s)).collect();
        let modality = modality("expression", 0).linked(weight).unwrap();
        Library::new(2, 1024, members).unwrap().with(modality).unwrap().with_context(context())
    };
    let impute = |library: Library| {
        let model = Model::from_bytes(support::model()).unwrap().with_library(library).unwrap();
        let queries = batch(&[stearic, salt, SMILES[0]]);
        model
            .impute(&queries, "expression", None, &ImputeOptions::default(), &Run::default())
            .unwrap()
    };
    let (plain, with) = (impute(library()), impute(linked(1.0)));
    assert_eq!(
        with.methods,
        [Some(Method::Context), Some(Method::Context), Some(Method::Regression)]
    );
    let support: Vec<_> = with.support.iter().flatten().collect();
    assert_eq!(support.iter().map(|s| s.shared).collect::<Vec<_>>(), [1, 1, 0]);
    assert_eq!(support[1].hops, Some(1));
    assert!(support[1].explained > 0.0 && support[1].explained < 1.0);
    // The salt resembles nothing: what it has beyond the mean is a share of naphthalene's.
    assert_eq!(plain.methods[1], Some(Method::Mean));
    let naphthalene = modality("expression", 0).profiles().values().row(6).to_owned();
    for column in 0..FEATURES {
        let (mean, own) = (plain.values[[1, column]], Scale::Asinh.backward(naphthalene[column]));
        let value = with.values[[1, column]];
        assert!((mean.min(own)..=mean.max(own)).contains(&value), "{mean} {value} {own}");
        assert!(with.spread[[1, column]].is_finite());
    }
    assert_ne!(with.values.row(0), plain.values.row(0));
    // Links that count nothing change no bit, and a file keeps what was known.
    assert_eq!(impute(linked(0.0)).values, plain.values);
    let read = Library::from_bytes(&linked(1.0).to_bytes().unwrap()).unwrap();
    assert_eq!(read.context(), Some(&context()));
    assert_eq!(read.modalities()[0].link_weight(), 1.0);
    assert_eq!(impute(read).methods, with.methods);
    for weight in [-1.0, f32::NAN, 11.0] {
        assert!(modality("expression", 0).linked(weight).is_err());
    }
}

#[test]
fn compounds_of_known_activity_draw_on_those_that_act_alike() {
    // Of a direction that all profiles go in, the more the stronger a compound acts; structure tells nothing.
    let strength = |row: usize| row as f32 - 3.0;
    let rows: Vec<u32> = (0..7).collect();
    let values = Array2::from_shape_fn((7, FEATURES), |(r, c)| strength(r) * (c as f32 + 1.0));
    let features = (0..FEATURES).map(|f| format!("f{f}")).collect();
    let profiles = Profiles::new(features, Scale::Linear, 0.0, rows, values.view()).unwrap();
    let weighting = Weighting { power: 2, noise: 0.1 };
    let modality = Modality::new("expression", Vec::new(), profiles, weighting).unwrap();
    let members = SMILES.iter().enumerate().map(|(i, s)| member(&format!("m{i}"), s)).collect();
    let plain = Library::new(2, 1024, members).unwrap().with(modality).unwrap();
    // Beside the library's molecules a strong one, a weak one and one of which nothing was measured.
    let (strong, weak, blank) = ("[Na+].[Cl-]", "[K+].[Cl-]", "[Li+].[Cl-]");
    let measured = [&SMILES[..7], &[strong, weak, blank, "C("]].concat();
    let mut numbers: Vec<f32> = (0..7).map(strength).collect();
    numbers.extend([3.0, -3.0, f32::NAN, 0.0]);
    let active = |weight| {
        let values = Array2::from_shape_vec((11, 1), numbers.clone()).unwrap();
        let names = vec!["genes moved".to_owned()];
        let compounds = batch(&measured);
        plain.clone().with_measured_activity("expression", &compounds, names, values.view(), weight)
    };
    let impute = |library: Library, structure_only| {
        let model = Model::from_bytes(support::model()).unwrap().with_library(library).unwrap();
        let options = ImputeOptions { structure_only, ..Default::default() };
        let queries = batch(&[strong, weak, blank, "[Rb+].[Cl-]"]);
        model.impute(&queries, "expression", None, &options, &Run::default()).unwrap()
    };
    let library = active(1.0).unwrap();
    let known = library.modalities()[0].activity().unwrap();
    assert_eq!((known.len(), known.names()[0].as_str()), (10, "genes moved"));
    let with = impute(library.clone(), false);
    let methods = [Method::Activity, Method::Activity, Method::Activity, Method::Mean];
    assert_eq!(with.methods, methods.map(Some));
    for column in 0..FEATURES {
        // Regression on one number, standardised: 7 observations of variance 1, each with 1 of its own structure
        // and 0.1 of noise. The molecules resemble each other a little, and numbers have steps.
        let value = 3.0 * (column as f32 + 1.0) * 7.0 / 8.1;
        assert!((with.values[[0, column]] / value - 1.0).abs() < 0.02, "{}", with.values);
        assert!((with.values[[1, column]] / value + 1.0).abs() < 0.02, "{}", with.values);
        // The mean of the profiles is zero.
        assert!(with.values.column(column).iter().skip(2).all(|v| v.abs() < 1e-4));
        // Most is certain of what acts as the mean, least where nobody knows.
        let spread = with.spread.column(column);
        assert!(spread[2] < 0.95 * spread[0] && spread[0] < 0.95 * spread[3], "{spread}");
    }
    let unknown = impute(library.clone(), true);
    assert!(unknown.methods.iter().all(|m| *m == Some(Method::Mean)));
    assert!(unknown.values.iter().all(|v| v.abs() < 1e-4));
    // Without weight it changes no bit, and a file keeps what was known.
    assert_eq!(impute(active(0.0).unwrap(), false).values, impute(plain.clone(), false).values);
    let read = Library::from_bytes(&library.to_bytes().unwrap()).unwrap();
    assert_eq!(read.modalities()[0].activity(), Some(known));
    assert_eq!(impute(read.clone(), false).values, with.values);
    // Libraries that are joined keep it.
    let other = Library::new(2, 1024, vec![member("other", "CCO")]).unwrap();
    assert_eq!(impute(other.merge(read).unwrap(), false).values, with.values);
    for weight in [-1.0, f32::NAN, 11.0] {
        assert!(active(weight).is_err());
    }
    let activity = Activity::new(vec!["n".into()], &[], &[]).unwrap();
    assert!(plain.clone().with_activity("proteome", activity, 1.0).is_err());
}
