//! A person's own table: from CSV to a model file that the library opens, with old tasks and new.

use chmr::features::StructureLayout;
use chmr::model::{
    FORMAT, FORMAT_VERSION, Manifest, ModelWriter, NetworkEntry, STRUCTURE, Stage, StructureInput,
    Task, TaskKind,
};
use chmr::{Batch, Model, PredictOptions, Run};
use chmr_training::evaluate::evaluate;
use chmr_training::finetune::{Options, finetune, prepare};
use chmr_training::mlp::Mlp;
use chmr_training::onnx::export;
use chmr_training::random::Random;
use chmr_training::report;
use std::fmt::Write;
use std::path::Path;

const LATENT: usize = 24;

fn old_task() -> Task {
    Task {
        name: "old/task".into(),
        dataset: "old".into(),
        column: "task".into(),
        description: String::new(),
        unit: None,
        kind: TaskKind::Classification,
        direction: None,
        slope: 1.0,
        intercept: 0.0,
        train_rows: 0,
        validation: None,
    }
}

/// A base of random weights: keys and Morgan bits, a stage, and a head that reads both.
fn base(path: &Path) {
    let layout = StructureLayout { descriptors: vec![], ..Default::default() };
    let mut random = Random::new(1, "base");
    let mut network = |inputs: usize, outputs: usize| {
        let mlp = Mlp::new(&vec![true; inputs], 16, &vec![0.0; outputs], &mut random).unwrap();
        export(&mlp, "n").unwrap()
    };
    let mut writer = ModelWriter::new();
    writer.add("stages/latent.onnx", network(layout.width(), LATENT)).unwrap();
    writer.add("networks/old.onnx", network(layout.width() + LATENT, 1)).unwrap();
    writer.add("MODEL_CARD.md", b"# The base\n".to_vec()).unwrap();
    let manifest = Manifest {
        format: FORMAT.into(),
        format_version: FORMAT_VERSION,
        name: "base".into(),
        version: "1.2.3".into(),
        description: String::new(),
        licence: String::new(),
        entries: Default::default(),
        structure: StructureInput {
            descriptors: vec![],
            standardizer: None,
            maccs_bits: 167,
            morgan_radius: 2,
            morgan_bits: 1024,
        },
        stages: vec![Stage {
            name: "latent".into(),
            path: "stages/latent.onnx".into(),
            reads: vec![STRUCTURE.into()],
            width: LATENT,
        }],
        tasks: vec![old_task()],
        networks: vec![NetworkEntry {
            name: "old".into(),
            members: vec!["networks/old.onnx".into()],
            reads: vec![STRUCTURE.into(), "latent".into()],
            tasks: vec![0],
        }],
        reference: None,
        codebook: None,
        trust: None,
        training: Default::default(),
    };
    std::fs::write(path, writer.finish(manifest).unwrap()).unwrap();
}

/// 400 molecules; `toxic` follows from a pyridine, `solubility` counts oxygens and halogens, both with noise and
/// gaps. Two lines are damaged.
fn table() -> String {
    const PARTS: [&str; 10] =
        ["C", "CC(C)", "c1ccccc1", "O", "N", "C(=O)", "C(F)(F)", "c1ccncc1", "C1CCC1", "C(Cl)"];
    let mut random = Random::new(5, "table");
    let mut text = String::from("compound,smiles,toxic,solubility\n");
    for i in 0..400 {
        let mut chain = String::from("C");
        for _ in 0..3 + random.bits() % 5 {
            chain += PARTS[(random.bits() % PARTS.len() as u64) as usize];
        }
        let toxic = (chain.contains("c1ccncc1") as u8) ^ u8::from(random.unit() < 0.05);
        let polar = chain.matches('O').count() as f32 - chain.matches(['F', 'l']).count() as f32;
        let solubility = polar * 0.5 + 0.2 * (random.unit() - 0.5);
        let toxic = if i % 7 == 0 { String::new() } else { toxic.to_string() };
        let solubility = if i % 5 == 0 { "n/a".into() } else { format!("{solubility:.3}") };
        writeln!(text, "id{i},{chain},{toxic},{solubility}").unwrap();
        if i == 100 {
            text += "broken,C1CC,1,0.5\n";
        }
        if i == 200 {
            text += "short,CC\n";
        }
    }
    text
}

#[test]
fn own_assays_join_the_old_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    base(&at("base.chmr"));
    std::fs::write(at("mine.csv"), table()).unwrap();
    let mut options = Options::new(at("mine.csv"), at("base.chmr"), at("mine.chmr"));
    options.run = Some(at("run"));
    options.units = vec!["solubility=log10 mol/L".into()];
    (options.hidden, options.dropout, options.seeds, options.epochs) = (64, 0.2, 2, 30);
    let tuned = finetune(&options).unwrap();

    // What was read: the unusable rows by line, the column that is no task.
    let bad: Vec<u64> = tuned.table.bad.iter().map(|b| b.line).collect();
    assert_eq!(bad, [103, 204], "{:?}", tuned.table.bad);
    assert_eq!(tuned.table.smiles.len(), 400);
    assert_eq!(tuned.table.ignored[0].0, "compound");
    assert_eq!(tuned.split, "80/10/10 by Bemis-Murcko scaffold");
    assert_eq!(tuned.reads, [STRUCTURE, "latent"]);

    // What was learnt, on scaffolds never seen.
    let [toxic, solubility] = &tuned.measured[..] else { panic!("two tasks") };
    assert_eq!((toxic.metric, solubility.metric), ("roc_auc", "mae"));
    assert!(toxic.test.unwrap() > 0.8, "{toxic:?}");
    assert!(solubility.test.unwrap() < 0.6 * solubility.trivial.unwrap(), "{solubility:?}");
    let widths: Vec<f32> = solubility.intervals.iter().map(|i| i.half_width).collect();
    assert!(widths.len() >= 3 && widths.is_sorted(), "{widths:?}");

    // What every host sees.
    let model = Model::from_bytes(tuned.file.clone()).unwrap();
    let names: Vec<&str> = model.tasks().iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["old/task", "mine/toxic", "mine/solubility"]);
    assert_eq!(model.tasks()[2].unit.as_deref(), Some("log10 mol/L"));
    assert_eq!(model.identity().name, "base+mine");
    let card = String::from_utf8(model.entry("MODEL_CARD.md").unwrap().to_vec()).unwrap();
    assert!(card.starts_with("# The base") && card.contains("| solubility | mae, log10 mol/L |"));
    let mut batch = Batch::new();
    for smiles in ["CCOc1ccncc1", "CCOc1ccccc1"] {
        batch.push_smiles(smiles);
    }
    let predict = |m: &Model| m.predict(&batch, &PredictOptions::default(), &Run::new()).unwrap();
    let values = predict(&model).values;
    assert!(values[[0, 1]] > 0.5 && values[[1, 1]] < 0.5, "{values}");
    let trusting = PredictOptions { trust: true, ..Default::default() };
    let trust = model.predict(&batch, &trusting, &Run::new()).unwrap();
    let (lower, upper) = trust.interval(0, 2, 0).unwrap();
    assert!(lower < values[[0, 2]] && values[[0, 2]] < upper, "{lower} {upper}");
    assert!(trust.interval(0, 1, 0).is_none(), "a class has no interval");
    let (place, domain) = trust.placement(0, 1).unwrap();
    assert!(place.nearest > 0.2 && domain.dataset == "mine", "{place:?}");
    assert!(trust.placement(0, 0).is_none(), "the base says nothing of its own task");
    let old = predict(&Model::open(at("base.chmr")).unwrap()).values;
    assert_eq!(old.column(0), values.column(0), "an old task changed");

    // Measured through the file: training rows are among these.
    let figures = evaluate(&model, &at("mine.csv"), None, None).unwrap();
    assert_eq!(figures.len(), 2);
    assert!(figures[0].metric == "AUC %" && figures[0].mean > 80.0, "{figures:?}");
    assert!(figures[0].split == "all" && figures[0].refused == 1, "{figures:?}");

    // The report: curves of both networks, calibration of both tasks, on one page.
    let units = options.units().unwrap();
    let report = report::finetuned("mine", &tuned, &at("run"), &units).unwrap();
    report.write(&at("report")).unwrap();
    assert_eq!(report.drawings.len(), 2 * 2 + 2);
    let page = std::fs::read_to_string(at("report/index.html")).unwrap();
    assert_eq!(page.matches("<svg").count(), 6);
    assert!(page.contains("measured, log10 mol/L") && !page.contains("src="));

    // The same again, from the kept networks: the same file. Another name is needed to add it twice.
    assert!(finetune(&options).unwrap().file == tuned.file);
    std::fs::write(at("mine.chmr"), &tuned.file).unwrap();
    options.model = at("mine.chmr");
    let error = finetune(&options).err().unwrap().to_string();
    assert!(error.contains("already"), "{error}");

    // A second table leaves what is known of the first.
    options.dataset = Some("further".into());
    let model = Model::from_bytes(finetune(&options).unwrap().file).unwrap();
    let both = model.predict(&batch, &trusting, &Run::new()).unwrap();
    assert_eq!(both.interval(0, 2, 0), trust.interval(0, 2, 0));
    assert!(both.interval(0, 4, 0).is_some() && both.placement(0, 4).is_some());
    assert_eq!(both.placement(0, 1).map(|p| p.0), trust.placement(0, 1).map(|p| p.0));
    (options.dataset, options.model) = (None, at("base.chmr"));

    // Another split, only the new tasks.
    let splits: String =
        (0..402).map(|i| ["train\n", "train\n", "valid\n", "test\n"][i % 4]).collect();
    std::fs::write(at("split.csv"), format!("split\n{splits}")).unwrap();
    (options.split, options.only) = (Some(at("split.csv")), true);
    options.kinds = vec!["toxic=regression".into()];
    let again = finetune(&options).unwrap();
    assert_eq!(again.split, "as split.csv says");
    let model = Model::from_bytes(again.file).unwrap();
    assert!(model.tasks().iter().all(|t| t.kind == TaskKind::Regression));
    assert_eq!(model.tasks().len(), 2);
}

#[test]
fn a_table_that_cannot_be_learnt_from_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    base(&at("base.chmr"));
    let mut options = Options::new(at("t.csv"), at("base.chmr"), at("out.chmr"));
    options.run = Some(at("run"));
    options.allow_few = true;
    for (text, expected) in [
        ("smiles,y\n", "no row with a molecule"),
        ("smiles,y\nC,1\nCC,1\n", "no two different values"),
        ("name,y\nfoo bar,1\n", "no column holds SMILES"),
        ("smiles,split,y\nC,train,1\nCC,train,0\nCCC,valid,1\n", "both classes"),
    ] {
        std::fs::write(at("t.csv"), text).unwrap();
        let error = finetune(&options).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    options.units = vec!["z=nM".into()];
    std::fs::write(at("t.csv"), "smiles,y\nC,1\nCC,2\n").unwrap();
    assert!(finetune(&options).err().unwrap().to_string().contains("z"));
}

/// As [`table`], with a row number, words for classes, and bounds: of the molecules of `odd` nothing was measured.
fn assay(rows: usize, odd: &[&str]) -> String {
    let mut text = String::from("Compound ID,smiles,cytotoxic,IC50\n");
    let plain = table();
    let measured =
        plain.lines().skip(1).filter(|l| l.split(',').count() == 4 && !l.contains("broken"));
    for (i, line) in measured.take(rows).enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let word = match cells[2] {
            "1" => "Yes",
            "0" => "no",
            _ => "",
        };
        writeln!(text, "{},{},{word},{}", 1000 + i, cells[1], cells[3]).unwrap();
    }
    for (i, smiles) in odd.iter().enumerate() {
        writeln!(text, "{},{smiles},,{}", 9000 + i, ["<2", "", ">10"][i % 3]).unwrap();
    }
    text
}

fn quick(folder: &tempfile::TempDir, text: &str) -> Options {
    let at = |name: &str| folder.path().join(name);
    base(&at("base.chmr"));
    std::fs::write(at("mine.csv"), text).unwrap();
    let mut options = Options::new(at("mine.csv"), at("base.chmr"), at("mine.chmr"));
    options.run = Some(at("run"));
    (options.hidden, options.dropout, options.seeds, options.epochs) = (16, 0.2, 1, 4);
    options
}

#[test]
fn rows_that_were_left_out_are_no_training_molecules() {
    let folder = tempfile::tempdir().unwrap();
    // Unlike each other and the rest; one scaffold more each, so that some are among the training rows.
    let odd = [
        "OC1CCC2CCCCC2C1S",
        "BrC1=CC2=CSC=C2C=C1",
        "FC(F)(F)C1CCC1P",
        "NC1CC2CC1C=C2I",
        "SSC1CCCCCC1",
        "IC#CC1CC1",
    ];
    let options = quick(&folder, &assay(200, &odd));
    let tuned = finetune(&options).unwrap();
    let ic50 = tuned.chosen.iter().find(|c| c.task == "IC50").unwrap();
    assert_eq!(ic50.censored, 4);
    assert!(tuned.table.bad.iter().any(|b| b.reason.contains("'<2' is a bound")));
    assert_eq!(tuned.table.smiles.len(), 206, "the rows stay in the table");

    let model = Model::from_bytes(tuned.file.clone()).unwrap();
    let trusting = PredictOptions { trust: true, ..Default::default() };
    let mut batch = Batch::new();
    let set = &tuned.sets[0].benchmark;
    let learnt = |row: usize| {
        tuned.sets.iter().any(|s| s.benchmark.labels.row(row).iter().any(|v| !v.is_nan()))
            && set.splits[row] == chmr_training::benchmark::Split::Train
    };
    let own: Vec<usize> = (0..200).filter(|&row| learnt(row)).collect();
    assert!(own.len() > 100);
    own.iter().map(|&row| set.smiles[row].as_str()).chain(odd).for_each(|s| {
        batch.push_smiles(s);
    });
    let predicted = model.predict(&batch, &trusting, &Run::new()).unwrap();
    let place = |row: usize| {
        let (place, domain) = predicted.placement(row, 1).unwrap();
        (place.nearest, place.is_inside(&domain.limits))
    };
    for row in 0..own.len() {
        assert_eq!(place(row), (1.0, true), "a training molecule is inside");
    }
    for (i, smiles) in odd.iter().enumerate() {
        assert!(place(own.len() + i).0 < 1.0, "{smiles} taught nothing");
    }
}

#[test]
fn columns_are_chosen_by_what_they_hold_and_told_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let options = quick(&folder, &assay(200, &[]));
    let prepared = prepare(&options).unwrap();
    assert!(!folder.path().join("run").exists(), "nothing was trained");
    let why = &prepared.table.ignored[0];
    assert!(why.0 == "Compound ID" && why.1.contains("identifiers"), "{why:?}");
    let [toxic, ic50] = &prepared.chosen[..] else { panic!("two tasks") };
    assert_eq!((toxic.kind, ic50.kind), ("classification", "regression"));
    assert_eq!(toxic.classes, Some(["no".to_owned(), "yes".to_owned()]));
    let measured: usize = toxic.rows.iter().sum();
    let positives: usize = toxic.positives.unwrap().iter().sum();
    assert!((1..measured).contains(&positives) && (150..200).contains(&measured));
}

#[test]
fn too_few_molecules_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = quick(&folder, &assay(8, &[]));
    let refused = finetune(&options).err().unwrap().to_string();
    assert!(refused.contains("too few") && refused.contains("at least 20"), "{refused}");
    options.allow_few = true;
    if let Err(e) = prepare(&options) {
        assert!(e.to_string().contains("among the training"), "{e}");
    }
}

#[test]
fn a_task_that_loses_to_the_trivial_predictor_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // Labels that have nothing to do with the molecule, but for a middle that is hit by many.
    let plain = table();
    let mut text = String::from("smiles,noise\n");
    for (i, line) in plain.lines().skip(1).filter(|l| l.split(',').count() == 4).enumerate() {
        let value = if i % 3 > 0 { 0.0 } else { (i * 7919 % 101) as f32 - 50.0 };
        writeln!(text, "{},{value}", line.split(',').nth(1).unwrap()).unwrap();
    }
    let options = quick(&folder, &text);
    let tuned = finetune(&options).unwrap();
    let noise = &tuned.measured[0];
    assert_eq!(noise.trivial_predictor, "median of the training rows");
    let (own, trivial) = (noise.test.unwrap(), noise.trivial.unwrap());
    assert_eq!(noise.better_than_trivial, Some(own < trivial));
    assert!(own >= trivial, "{own} {trivial}");
    let told = chmr_training::finetune::extend::table(&tuned.measured, &Default::default());
    assert!(told.contains("'noise' loses to the trivial predictor"), "{told}");
    let report =
        report::finetuned("t", &tuned, &folder.path().join("run"), &Default::default()).unwrap();
    assert_eq!(report.metrics["tasks"][0]["better_than_trivial"], false);
    assert_eq!(report.metrics["columns"][0]["kind"], "regression");
}
