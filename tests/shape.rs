//! Shape descriptors: beside RDKit's, and what must hold for any conformer.

#[path = "support/skip.rs"]
mod skip;

use chmr::chem::{
    AtomTable, BondOrder, Limits, Molecule, SdfReader, molecule_from_atoms, parse_molblock,
    parse_smiles,
};
use chmr::features::shape::{NoShape, SHAPE_DESCRIPTORS, names, shape};
use chmr::{Batch, ErrorKind, Run, ShapeOptions};
use proptest::prelude::*;
use std::io::BufReader;

/// Å. Positions are f32: within 64 Å of the origin half a unit in the last place is below 4e-6, and a
/// distance has two ends of three coordinates.
const ROUNDING: f64 = 2e-5;

fn limits() -> Limits {
    Limits::default()
}

fn molblock(text: &str) -> Molecule {
    parse_molblock(text, &limits()).unwrap_or_else(|e| panic!("{e}"))
}

/// The names of the columns where `a` and `b` differ by more than positions that are off by
/// [`ROUNDING`] account for.
fn differing(a: &[f64], b: &[f64]) -> Vec<String> {
    let column = |name: &str| names().iter().position(|n| n == name).unwrap();
    let mut wrong = Vec::new();
    for (i, name) in names().iter().enumerate() {
        let (x, y) = (a[i], b[i]);
        let size = 1.0 + x.abs().max(y.abs());
        let off = if name.ends_with("_skewness") {
            // Of the cubes, which are the skewness g itself: a distance that is off by d moves it by at
            // most 3 d/σ (2 + mean |z|³), of which forty covers more than a hundred atoms. Where all
            // distances are nearly the same it is 0 on one side and noise on the other.
            let deviation = a[i - 1].min(b[i - 1]);
            if deviation < 2e-3 {
                continue;
            }
            (x.powi(3) - y.powi(3)).abs() - 40.0 * ROUNDING / deviation
        } else if name == "inertial_shape_factor" {
            // A quotient by the smallest moment, which for a rod is made of rounding.
            let least = a[column("pmi1")].min(b[column("pmi1")]);
            (x - y).abs() - 1e-4 * size - if least < 0.1 { f64::INFINITY } else { 0.0 }
        } else if name.starts_with("usrcat") {
            // Mean and deviation of distances.
            (x - y).abs() - ROUNDING
        } else {
            // Sums of products of distances with weights and distances: none is shorter than an
            // ångström by much.
            (x - y).abs() - 1e-4 * size
        };
        if off > 0.0 {
            wrong.push(format!("{name}: {x}, not {y}"));
        }
    }
    wrong
}

#[test]
fn as_rdkit_has_them() {
    let text = include_bytes!("golden/shapes.sdf");
    let (mut seen, mut wrong) = (0, Vec::new());
    for record in SdfReader::new(&text[..], limits()).map(Result::unwrap) {
        let mol = record.molecule(&limits()).unwrap();
        let expected: Vec<f64> = record
            .property("SHAPE")
            .unwrap()
            .split_whitespace()
            .map(|v| v.parse().unwrap())
            .collect();
        let ours = shape(&mol).unwrap_or_else(|e| panic!("{}: {e}", record.title));
        assert_eq!(expected.len(), SHAPE_DESCRIPTORS);
        let found = differing(&ours, &expected).into_iter();
        wrong.extend(found.map(|w| format!("{} {w}", record.title)));
        seen += 1;
    }
    assert_eq!(seen, 50);
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// A molecule as arrays: its atoms at `order`, their positions through `place`. Its hydrogens become
/// atoms at the end, lest arrays guess how many there are.
fn arrays(mol: &Molecule, order: &[usize], place: impl Fn([f32; 3]) -> [f32; 3]) -> AtomTable {
    let mut new = vec![0; order.len()];
    order.iter().enumerate().for_each(|(to, &from)| new[from] = to as u32);
    let positions = &mol.conformer().unwrap().positions;
    let mut table = AtomTable {
        elements: order.iter().map(|&i| mol.atoms()[i].atomic_number).collect(),
        charges: order.iter().map(|&i| mol.atoms()[i].charge).collect(),
        bonds: mol
            .bonds()
            .iter()
            .map(|b| (new[b.begin as usize], new[b.end as usize], b.order))
            .collect(),
        positions: order.iter().map(|&i| place(positions[i])).collect(),
    };
    for (to, &from) in order.iter().enumerate() {
        for k in 0..mol.atoms()[from].hydrogens {
            table.bonds.push((to as u32, table.elements.len() as u32, BondOrder::Single));
            table.elements.push(1);
            table.charges.push(0);
            let [x, y, z] = positions[from];
            table.positions.push(place([x + 0.5, y + f32::from(k), z - 0.5]));
        }
    }
    table
}

/// What turns by a unit quaternion and then moves.
fn motion(q: [f64; 4], by: [f64; 3]) -> impl Fn([f32; 3]) -> [f32; 3] {
    let length = q.iter().map(|x| x * x).sum::<f64>().sqrt();
    let [w, x, y, z] = q.map(|c| c / length);
    let matrix = [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ];
    move |p| {
        let mut out = [0.0; 3];
        for ((to, row), by) in out.iter_mut().zip(matrix).zip(by) {
            *to = (row.iter().zip(p).map(|(m, p)| m * f64::from(p)).sum::<f64>() + by) as f32;
        }
        out
    }
}

/// An order of `n` atoms in which no neighbours stay together.
fn scattered(n: usize) -> Vec<usize> {
    let stride =
        (7..).find(|s| (2..=*s).all(|d| !n.is_multiple_of(d) || !s.is_multiple_of(d))).unwrap();
    (0..n).map(|i| i * stride % n).collect()
}

/// Molecules whose arrays say all that their shape depends on.
fn movable() -> Vec<Molecule> {
    let text = include_bytes!("golden/shapes.sdf");
    SdfReader::new(&text[..], limits())
        .map(|record| record.unwrap().molecule(&limits()).unwrap())
        .filter(|mol| mol.atoms().iter().all(|a| a.isotope == 0))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn neither_place_nor_turn_nor_order_matters(
        q in prop::array::uniform4(-1.0f64..1.0).prop_filter("a rotation", |q| q.iter().map(|x| x * x).sum::<f64>() > 0.01),
        by in prop::array::uniform3(-30.0f64..30.0),
        which in any::<prop::sample::Index>(),
        shuffle in any::<u64>(),
    ) {
        let molecules = movable();
        let mol = &molecules[which.index(molecules.len())];
        let n = mol.atoms().len();
        let mut order: Vec<usize> = (0..n).collect();
        let mut state = shuffle | 1;
        for i in (1..n).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            order.swap(i, (state >> 33) as usize % (i + 1));
        }
        let straight: Vec<usize> = (0..n).collect();
        // Arrays whose z are all 0 are a drawing, and a rod may lie so.
        let raised = |[x, y, z]: [f32; 3]| [x, y, z + 1.0];
        let before = molecule_from_atoms(&arrays(mol, &straight, raised), &limits());
        let after = molecule_from_atoms(&arrays(mol, &order, motion(q, by)), &limits());
        let (before, after) = (shape(&before.unwrap()).unwrap(), shape(&after.unwrap()).unwrap());
        let wrong = differing(&before, &after);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Any positions at all, near and far, give finite numbers or a reason.
    #[test]
    fn no_positions_are_too_strange(
        positions in prop::collection::vec(
            prop::array::uniform3(prop_oneof![
                Just(0.0f32), -2.0f32..2.0, -1e6f32..1e6, Just(1e-30), Just(1e6),
            ]),
            1..12,
        ),
        elements in prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(6), Just(16), Just(118)], 12),
    ) {
        let n = positions.len();
        let table = AtomTable {
            elements: elements[..n].to_vec(),
            charges: Vec::new(),
            bonds: (1..n as u32).map(|i| (i / 2, i, BondOrder::Single)).collect(),
            positions,
        };
        if let Ok(mol) = molecule_from_atoms(&table, &limits())
            && let Ok(values) = shape(&mol)
        {
            prop_assert!(values.iter().all(|&v| (v as f32).is_finite()), "{values:?}");
        }
    }
}

#[test]
fn without_a_conformer_there_is_no_shape() {
    let refused = |mol: Molecule| shape(&mol).unwrap_err();
    let smiles = |text| parse_smiles(text, &limits()).unwrap();
    assert_eq!(refused(smiles("CCO")), NoShape::NoConformer);
    let table = |elements: &[u8], positions: &[[f32; 3]]| {
        let bonds =
            (1..elements.len() as u32).map(|i| (i - 1, i, BondOrder::Single)).collect::<Vec<_>>();
        let (elements, positions) = (elements.to_vec(), positions.to_vec());
        let table = AtomTable { elements, charges: Vec::new(), bonds, positions };
        molecule_from_atoms(&table, &limits()).unwrap()
    };
    let line = [[0.0, 0.0, 1.0], [1.5, 0.0, 1.0], [3.0, 0.0, 1.0], [4.5, 0.0, 1.0]];
    assert_eq!(refused(table(&[6], &line[..1])), NoShape::TooFewAtoms);
    assert_eq!(refused(table(&[6, 6], &line[..2])), NoShape::TooFewAtoms);
    assert_eq!(refused(table(&[1, 1], &line[..2])), NoShape::TooFewAtoms);
    assert_eq!(refused(table(&[0, 6, 6, 0], &line)), NoShape::TooFewAtoms);
    assert_eq!(refused(table(&[6, 6, 8], &[[1.0, 1.0, 1.0]; 3])), NoShape::OnePlace);
    let flat = line.map(|[x, y, _]| [x, y, 0.0]);
    assert_eq!(refused(table(&[6, 6, 8], &flat[..3])), NoShape::Drawing);
    // A rod is a shape; so is what coincides in part.
    let rod = shape(&table(&[6, 6, 6, 6], &line)).unwrap();
    let value = |name: &str| rod[names().iter().position(|n| n == name).unwrap()];
    assert!(value("npr1").abs() < 1e-9 && (value("npr2") - 1.0).abs() < 1e-9);
    assert_eq!(value("inertial_shape_factor"), 0.0);
    assert!((value("asphericity") - 1.0).abs() < 1e-9 && value("spherocity").abs() < 1e-9);
    // Distances of the four from the middle: 2.25, 0.75, 0.75, 2.25; masses are equal.
    assert!((value("usrcat_all_centroid_mean") - 1.5).abs() < 1e-6);
    assert!((value("radius_of_gyration") - 1.5 * 1.25f64.sqrt()).abs() < 1e-6);
    assert!((value("autocorrelation_unit_1") - 6.0 * 1.5 / 12.0).abs() < 1e-6);
    assert!((value("autocorrelation_mass_3") - 2.0 * 4.5 / 12.0).abs() < 1e-6);
    assert_eq!(value("autocorrelation_unit_4"), 0.0);
    let half = table(&[6, 6, 8], &[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [2.0, 1.0, 1.0]]);
    assert!(shape(&half).unwrap().iter().all(|v| v.is_finite()));
}

#[test]
fn hydrogens_take_no_part() {
    let ethanol = |hydrogens: &str, atoms: usize, bonds: &str, n: usize| {
        molblock(&format!(
            "\n  test                  3D\n\n{atoms:3}{n:3}  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.5000    0.0000    0.0000 C   0  0
    2.1000    1.3000    0.1000 O   0  0
{hydrogens}  1  2  1  0
  2  3  1  0
{bonds}M  END
"
        ))
    };
    let without = shape(&ethanol("", 3, "", 2)).unwrap();
    let polar =
        shape(&ethanol("    3.0000    1.3000    0.1000 H   0  0\n", 4, "  3  4  1  0\n", 3));
    assert_eq!(without, polar.unwrap());
}

#[test]
fn rows_of_a_batch() {
    let text = String::from_utf8(include_bytes!("golden/shapes.sdf").to_vec()).unwrap();
    let blocks: Vec<&str> = text.split("$$$$\n").filter(|b| !b.is_empty()).collect();
    let mut batch = Batch::new();
    batch.push_smiles("CCO");
    for block in &blocks {
        batch.push_molblock(block);
    }
    batch.push_smiles("C(");
    let many = batch.shapes(&ShapeOptions::default(), &Run::new()).unwrap();
    let one = ShapeOptions { threads: 1, ..Default::default() };
    let one = batch.shapes(&one, &Run::new()).unwrap();
    assert_eq!(many.values.dim(), (blocks.len() + 2, SHAPE_DESCRIPTORS));
    let bits = |s: &chmr::Shapes| s.values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&many), bits(&one));
    assert_eq!(many.rows[0].as_ref().unwrap_err().kind, ErrorKind::Input);
    assert!(many.rows[0].as_ref().unwrap_err().message.contains("no conformer"));
    assert!(many.values.row(0).iter().all(|v| v.is_nan()));
    assert!(matches!(many.rows.last().unwrap().as_ref().unwrap_err().kind, ErrorKind::Molecule(_)));
    for (i, block) in blocks.iter().enumerate() {
        assert_eq!(many.rows[i + 1], Ok(()));
        let expected = shape(&molblock(block)).unwrap().map(|v| v as f32);
        assert_eq!(many.values.row(i + 1).to_vec(), expected);
    }
    let run = Run::new();
    run.cancel();
    let cancelled = batch.shapes(&ShapeOptions::default(), &run).unwrap_err();
    assert_eq!(cancelled.kind, ErrorKind::Cancelled);
}

/// Ligands of crystal structures, turned, moved and shuffled. (`cargo xtask shapes` has RDKit beside.)
#[test]
fn crystal_ligands() {
    let folder = std::env::var("CHMR_DATA").unwrap_or("../shared/data".into());
    let Ok(file) = std::fs::File::open(format!("{folder}/parity/pdb_ligands.sdf.gz")) else {
        skip::skip(format_args!("no parity/pdb_ligands.sdf.gz in {folder}"));
        return;
    };
    let file = BufReader::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(file)));
    let (mut shapes, mut moved, mut wrong) = (0, 0, Vec::new());
    for record in SdfReader::new(file, limits()).map(Result::unwrap) {
        let Ok(mol) = record.molecule(&limits()) else { continue };
        let Ok(values) = shape(&mol) else { continue };
        shapes += 1;
        assert!(values.iter().all(|v| v.is_finite()), "{}", record.title);
        let n = mol.atoms().len();
        let straight: Vec<usize> = (0..n).collect();
        let read = |table| molecule_from_atoms(&table, &limits());
        let Ok(before) = read(arrays(&mol, &straight, |p| p)) else { continue };
        // To the origin and away from it, lest the crystal's place decide how much is rounded.
        let [x, y, z] = mol.conformer().unwrap().positions[0].map(f64::from);
        let place = motion([0.3, -0.8, 0.1, 0.5], [5.0, -7.0, 9.0]);
        let home = |p: [f32; 3]| {
            place([
                (f64::from(p[0]) - x) as f32,
                (f64::from(p[1]) - y) as f32,
                (f64::from(p[2]) - z) as f32,
            ])
        };
        let Ok(after) = read(arrays(&mol, &scattered(n), home)) else { continue };
        let (Ok(before), Ok(after)) = (shape(&before), shape(&after)) else { continue };
        moved += 1;
        if let Some(first) = differing(&before, &after).first() {
            wrong.push(format!("{}: {first}", record.title));
        }
    }
    println!("{shapes} shapes, {moved} moved, differing: {wrong:#?}");
    assert!(shapes > 1900 && moved > 1900);
    assert!(wrong.is_empty());
}
