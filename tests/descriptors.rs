//! Descriptors beside RDKit's, on molecules of every kind, and what must hold for any molecule.

use chmr::chem::{Limits, Molecule, parse_molblock, parse_smiles};
use chmr::features::descriptors::{DESCRIPTORS, descriptors};
use chmr::features::{Standardizer, StructureLayout, structure_vector};

/// Both sides compute in double precision; sums in another order, and eigenvalues by another
/// method, leave differences far below this.
const RELATIVE: f64 = 1e-6;

/// Descriptor, SMILES (empty: any), why the two differ. `docs/descriptors.md` says how often.
const DEPARTURES: &[(&str, &str, &str)] = &[
    ("Ipc", "", "whole numbers above 2^53 are inexact in RDKit"),
    ("AvgIpc", "", "whole numbers above 2^53 are inexact in RDKit"),
];

fn read(smiles: &str) -> Molecule {
    parse_smiles(smiles, &Limits::default()).unwrap_or_else(|e| panic!("{smiles}: {e}"))
}

fn compute(mol: &Molecule) -> Vec<f64> {
    let mut values = vec![f64::NAN; DESCRIPTORS.len()];
    descriptors(mol, &mut values);
    values
}

fn close(a: f64, b: f64) -> bool {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => (a - b).abs() <= RELATIVE * 1.0_f64.max(a.abs()).max(b.abs()),
        (a, b) => a == b,
    }
}

/// SMILES, its atoms reordered, RDKit's values by column.
type Row = (String, String, Vec<f64>);

/// The golden file: names of its columns, and the rows.
fn golden() -> (Vec<String>, Vec<Row>) {
    let text = include_str!("golden/descriptors.csv");
    let mut lines = text.lines();
    let split = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let names = split(lines.next().unwrap())[2..].to_vec();
    let rows = lines.map(|line| {
        let cells = split(line);
        let values = cells[2..].iter().map(|c| c.parse().unwrap_or(f64::NAN)).collect();
        (cells[0].clone(), cells[1].clone(), values)
    });
    (names.clone(), rows.collect())
}

/// Found by fuzzing: the length of a zero-order bond, which is none, overflowed, and atoms beyond it came nearer than they are.
/// RDKit's values of the same molblock.
#[test]
fn bonds_of_no_order_have_no_length() {
    let symbols = ["C", "C", "N", "Pt", "Cl"];
    let atom =
        |(i, symbol)| format!("{:10.4}    0.0000    0.0000 {symbol:<3} 0  0\n", 1.5 * i as f64);
    let atoms: String = symbols.iter().enumerate().map(atom).collect();
    let bonds: String = (1..5).map(|i| format!("{i:3}{:3}  1  0\n", i + 1)).collect();
    let block = format!(
        "\n\n\n  5  4  0  0  0  0  0  0  0  0999 V2000\n{atoms}{bonds}M  ZBO  1   3   0\nM  END\n"
    );
    let values = compute(&parse_molblock(&block, &Limits::default()).unwrap());
    for (name, expected) in [("BalabanJ", 6.966326411748877e-8), ("BertzCT", 9.609640474436812)] {
        let place = DESCRIPTORS.iter().position(|d| d.rdkit == Some(name)).unwrap();
        assert!(close(values[place], expected), "{name}: {} is not {expected}", values[place]);
    }
}

#[test]
fn as_rdkit_has_them() {
    let (names, rows) = golden();
    let mut wrong = Vec::new();
    for (smiles, _, expected) in &rows {
        let ours = compute(&read(smiles));
        for (descriptor, &value) in DESCRIPTORS.iter().zip(&ours) {
            let Some(theirs) = descriptor.rdkit else { continue };
            let column = names.iter().position(|n| n == theirs).expect("a descriptor of RDKit");
            let excused = DEPARTURES
                .iter()
                .any(|(d, s, _)| *d == descriptor.name && (s.is_empty() || s == smiles));
            if !excused && !close(value, expected[column]) {
                wrong.push(format!("{smiles} {}: {value}, not {}", theirs, expected[column]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn names_are_unique_and_explained() {
    for (i, d) in DESCRIPTORS.iter().enumerate() {
        assert!(!d.name.is_empty() && !d.definition.is_empty(), "{i}");
        assert!(DESCRIPTORS[..i].iter().all(|e| e.name != d.name), "{} twice", d.name);
    }
}

#[test]
fn the_order_of_the_atoms_does_not_matter() {
    for (smiles, reordered, _) in golden().1 {
        let (a, b) = (compute(&read(&smiles)), compute(&read(&reordered)));
        for (d, (&a, &b)) in DESCRIPTORS.iter().zip(a.iter().zip(&b)) {
            assert!(close(a, b), "{} of {smiles}: {a}, of {reordered}: {b}", d.name);
        }
    }
}

#[test]
fn no_molecule_is_too_strange() {
    let mut strange: Vec<String> =
        ["*", "**", "[H]", "[H+]", "[H][H]", "[U]", "[Og]", "[Fe+3]"].map(str::to_owned).to_vec();
    strange.push("C".repeat(2000));
    strange.push(vec!["[Na+].[Cl-]"; 500].join("."));
    strange.push(vec!["c1ccccc1"; 190].join("-"));
    strange.push(format!("C{}", "(C)".repeat(3)));
    strange.push("c1cc2ccc3ccc4ccc5ccc6ccc1c7c2c3c4c5c67".to_owned());
    strange.push("*".repeat(1500));
    strange.push("[Pt](Cl)(Cl)(N)N".to_owned());
    strange.push("F[P-](F)(F)(F)(F)F".to_owned());
    strange.push("FS(F)(F)(F)(F)F".to_owned());
    for smiles in strange {
        // Some are refused; none may panic.
        if let Ok(mol) = parse_smiles(&smiles, &Limits::default()) {
            compute(&mol);
        }
    }
}

#[test]
fn the_structure_vector_holds_all_three_parts() {
    let layout = StructureLayout::default();
    let mols = ["CCO", "c1ccccc1C(=O)O", "[Na+].[Cl-]", "CC(C)N"].map(read);
    let matrix: Vec<f64> = mols.iter().flat_map(compute).collect();
    let standardizer = Standardizer::fit(&matrix, DESCRIPTORS.len(), 4.0).unwrap();
    let mut vector = vec![f32::NAN; layout.width()];
    for mol in &mols {
        structure_vector(mol, &layout, &standardizer, &mut vector);
        assert!(vector.iter().all(|v| v.is_finite() && v.abs() <= 4.0));
        let (scaled, bits) = vector.split_at(DESCRIPTORS.len());
        assert!(bits.iter().all(|&b| b == 0.0 || b == 1.0));
        for (i, value) in compute(mol).into_iter().enumerate() {
            assert_eq!(scaled[i], standardizer.apply(i, value), "{}", DESCRIPTORS[i].name);
        }
    }
    // A part of the descriptors, in another order.
    let names = ["TPSA", "MolWt"];
    let few = StructureLayout {
        descriptors: StructureLayout::find(&names).unwrap(),
        maccs: false,
        morgan_bits: 0,
        ..layout
    };
    assert_eq!(few.descriptor_names(), names);
    let plain =
        Standardizer { median: vec![0.0; 2], mean: vec![0.0; 2], scale: vec![1.0; 2], clip: 100.0 };
    let mut pair = [0.0; 2];
    structure_vector(&read("CCO"), &few, &plain, &mut pair);
    assert!((f64::from(pair[0]) - 21.23_f64.ln()).abs() < 1e-5);
    assert!((f64::from(pair[1]) - 47.069_f64.ln()).abs() < 1e-5);
    assert!(StructureLayout::find(&["MolWeight"]).is_err());
}

#[test]
fn the_standardizer_fits_what_it_says() {
    // Column 0: 0, e−1, undefined (the median of the others), −(e−1); column 1 is constant.
    let e = std::f64::consts::E - 1.0;
    let matrix = [0.0, 5.0, e, 5.0, f64::NAN, 5.0, -e, 5.0];
    let s = Standardizer::fit(&matrix, 2, 2.0).unwrap();
    assert_eq!(s.median, [0.0, 5.0]);
    assert!(s.mean[0].abs() < 1e-7 && (s.scale[0] - 0.5_f32.sqrt()).abs() < 1e-6);
    assert_eq!(s.scale[1], 1.0);
    assert!((s.apply(0, e) - 2.0_f32.sqrt()).abs() < 1e-6);
    assert_eq!(s.apply(0, f64::INFINITY), s.apply(0, 0.0), "undefined is the median");
    assert_eq!(s.apply(0, 1e300), s.apply(0, 0.0), "beyond f32 is undefined");
    assert_eq!(s.apply(0, 1e30), 2.0);
    assert!(s.apply(1, 5.0).abs() < 1e-6);
    assert!(
        Standardizer::fit(&[], 2, 2.0).is_err() && Standardizer::fit(&[1.0; 3], 2, 2.0).is_err()
    );
}
