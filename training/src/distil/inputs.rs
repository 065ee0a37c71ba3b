//! What students read of molecules, computed by the library and kept small.

use super::graph::SUM_SCALE;
use super::packed::Packed;
use super::teacher::Taught;
use crate::Result;
use crate::data::features::{Features, fit};
use candle_core::{Device, Tensor};
use chmr::chem::{Limits, Molecule, parse_smiles};
use chmr::features::{ATOM_CODES, BOND_CODES, Standardizer, WALKS, graph_codes, walks};
use indicatif::ProgressBar;
use rayon::prelude::*;
use std::sync::Arc;

/// Molecules read at a time: molecules are much larger than what is kept of them.
const AT_ONCE: usize = 8192;
const ATOM_FEATURES: usize = ATOM_CODES.len();
const BOND_FEATURES: usize = BOND_CODES.len();

/// Graphs of many molecules.
#[derive(Default)]
pub struct Graphs {
    /// First atom of each molecule; one more at the end.
    atom_starts: Vec<usize>,
    /// First directed bond of each molecule; one more at the end.
    bond_starts: Vec<usize>,
    atoms: Vec<[u8; ATOM_FEATURES]>,
    /// Of each atom, in units of 1 / 65,535. Empty where the student does not read them.
    walks: Vec<[u16; WALKS]>,
    /// Kind of each directed bond, and the atoms that it leads from and to, counted within the molecule; sorted by the latter.
    bonds: Vec<(u16, u16, u16)>,
}

/// Some molecules' graphs as the student takes them.
pub struct GraphBatch {
    /// Molecules, atoms, bonds.
    pub graph: Arc<Packed>,
    /// Rows of the atoms' table, `atom_features` an atom.
    pub atom_rows: Arc<Vec<u32>>,
    /// See `atom_rows`.
    pub atom_features: usize,
    /// Walks of each atom, where the student reads them.
    pub walks: Option<Tensor>,
    /// Rows of a layer's table of bonds, `bond_features` for each kind of bond.
    pub bond_rows: Arc<Vec<u32>>,
    /// See `bond_rows`.
    pub bond_features: usize,
    /// One over each molecule's number of atoms.
    pub mean_factors: Arc<Vec<f32>>,
    /// One over [`SUM_SCALE`], for each molecule.
    pub sum_factors: Arc<Vec<f32>>,
}

impl Graphs {
    /// Rows of the atoms' table, and of a layer's table of bonds.
    pub const TABLES: (usize, usize) = (sum(&ATOM_CODES), sum(&BOND_CODES));

    /// Of every molecule of `taught`; those that have none (the library refuses them) are taken out of it.
    ///
    /// # Errors
    /// If none is left.
    pub fn of(taught: &mut Taught, with_walks: bool) -> Result<Self> {
        let (mut all, mut kept) =
            (Self { atom_starts: vec![0], bond_starts: vec![0], ..Self::default() }, Vec::new());
        for smiles in taught.smiles.chunks(AT_ONCE) {
            let each: Vec<_> = smiles.par_iter().map(|s| Codes::of(s, with_walks)).collect();
            for codes in each {
                kept.push(codes.is_some());
                let Some(codes) = codes else { continue };
                all.atoms.extend(codes.atoms);
                all.walks.extend(codes.walks);
                all.bonds.extend(codes.bonds);
                all.atom_starts.push(all.atoms.len());
                all.bond_starts.push(all.bonds.len());
            }
        }
        taught.retain(&kept);
        if taught.smiles.is_empty() { Err("no molecule with a graph".into()) } else { Ok(all) }
    }

    /// The graphs of `rows`, one behind the other.
    ///
    /// # Errors
    /// candle's.
    ///
    /// # Panics
    /// If a row is out of range.
    pub fn batch(&self, rows: &[usize]) -> Result<GraphBatch> {
        let mut graph = Packed { molecules: vec![0], bonds: vec![0], ..Packed::default() };
        let (mut atom_rows, mut walks) = (Vec::new(), Vec::new());
        let mut mean_factors = Vec::with_capacity(rows.len());
        for &row in rows {
            let first = graph.bonds.len() as u32 - 1;
            let atoms = &self.atoms[self.atom_starts[row]..self.atom_starts[row + 1]];
            let bonds = &self.bonds[self.bond_starts[row]..self.bond_starts[row + 1]];
            for atom in atoms {
                atom_rows.extend(shifted(atom, &ATOM_CODES));
            }
            if !self.walks.is_empty() {
                let each = &self.walks[self.atom_starts[row]..self.atom_starts[row + 1]];
                walks.extend(each.as_flattened().iter().map(|w| f32::from(*w) / UNIT));
            }
            let mut next = 0;
            for i in 0..atoms.len() {
                while next < bonds.len() && usize::from(bonds[next].2) == i {
                    graph.sources.push(first + u32::from(bonds[next].1));
                    graph.kinds.push(u32::from(bonds[next].0));
                    next += 1;
                }
                graph.bonds.push(graph.sources.len() as u32);
            }
            graph.molecules.push(graph.bonds.len() as u32 - 1);
            mean_factors.push(1.0 / atoms.len() as f32);
        }
        let atoms = graph.atoms();
        let walks = if walks.is_empty() {
            None
        } else {
            Some(Tensor::from_vec(walks, (atoms, WALKS), &Device::Cpu)?)
        };
        Ok(GraphBatch {
            graph: Arc::new(graph),
            atom_rows: Arc::new(atom_rows),
            atom_features: ATOM_FEATURES,
            walks,
            bond_rows: Arc::new(kinds()),
            bond_features: BOND_FEATURES,
            mean_factors: Arc::new(mean_factors),
            sum_factors: Arc::new(vec![1.0 / SUM_SCALE; rows.len()]),
        })
    }
}

/// Structure vectors of many molecules.
pub struct Vectors(Features);

impl Vectors {
    /// Of every molecule of `taught`; those that the library refuses are taken out of it. The scale of the descriptors is
    /// fitted to them unless it is given.
    ///
    /// # Errors
    /// If none is left.
    pub fn of(
        taught: &mut Taught,
        standardizer: Option<&Standardizer>,
    ) -> Result<(Self, Standardizer)> {
        let read = |s: &String| parse_smiles(s, &Limits::default()).ok();
        let mut fitted = standardizer.cloned();
        let (mut all, mut kept) = (None::<Features>, Vec::new());
        for smiles in taught.smiles.chunks(AT_ONCE) {
            let molecules: Vec<Option<Molecule>> = smiles.par_iter().map(read).collect();
            kept.extend(molecules.iter().map(Option::is_some));
            let molecules: Vec<Molecule> = molecules.into_iter().flatten().collect();
            if molecules.is_empty() {
                continue;
            }
            // The list is shuffled: its first part is a fair sample.
            let scale = match &fitted {
                Some(scale) => scale.clone(),
                None => fit(&molecules)?,
            };
            let part = Features::compute(&molecules, &scale, &ProgressBar::hidden())?;
            fitted = Some(scale);
            match &mut all {
                Some(all) => all.append(part)?,
                None => all = Some(part),
            }
        }
        taught.retain(&kept);
        match (all, fitted) {
            (Some(all), Some(scale)) => Ok((Self(all), scale)),
            _ => Err("no molecule that the library reads".into()),
        }
    }

    /// Length of a vector.
    pub fn width(&self) -> usize {
        self.0.width()
    }

    /// The vectors of `rows`, [rows, width].
    ///
    /// # Errors
    /// candle's.
    pub fn batch(&self, rows: &[usize]) -> Result<Tensor> {
        let rows: Vec<u32> = rows.iter().map(|&r| r as u32).collect();
        let values = self.0.vectors(&rows);
        Ok(Tensor::from_vec(values, (rows.len(), self.width()), &Device::Cpu)?)
    }
}

/// What a stored walk is in units of.
const UNIT: f32 = 65_535.0;

/// One molecule's part of [`Graphs`].
struct Codes {
    atoms: Vec<[u8; ATOM_FEATURES]>,
    walks: Vec<[u16; WALKS]>,
    bonds: Vec<(u16, u16, u16)>,
}

impl Codes {
    fn of(smiles: &str, with_walks: bool) -> Option<Self> {
        let molecule = parse_smiles(smiles, &Limits::default()).ok()?;
        let codes = graph_codes(&molecule).ok()?;
        let each = codes.ends.iter().zip(&codes.bonds).flat_map(|(&[a, b], bond)| {
            let kind = kind(bond);
            [(kind, a as u16, b as u16), (kind, b as u16, a as u16)]
        });
        let mut bonds: Vec<_> = each.collect();
        bonds.sort_by_key(|b| (b.2, b.1));
        let stored = |w: f32| (w * UNIT).round() as u16;
        let walks = if with_walks { walks(&molecule) } else { Vec::new() };
        let walks = walks.into_iter().map(|w| w.map(stored)).collect();
        Some(Self { atoms: codes.atoms, walks, bonds })
    }
}

const fn sum(categories: &[usize]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < categories.len() {
        total += categories[i];
        i += 1;
    }
    total
}

/// Rows of a table that has a feature's categories behind those of the one before.
fn shifted<'a>(codes: &'a [u8], categories: &'a [usize]) -> impl Iterator<Item = u32> + 'a {
    let starts = categories.iter().scan(0, |next, c| {
        let start = *next;
        *next += c;
        Some(start)
    });
    codes.iter().zip(starts).map(|(c, start)| u32::from(*c) + start as u32)
}

/// Number of a combination of bond features.
fn kind(codes: &[u8; BOND_FEATURES]) -> u16 {
    codes.iter().zip(&BOND_CODES).fold(0, |k, (f, c)| k * *c as u16 + u16::from(*f))
}

/// Rows of the table for every combination, in the order of their numbers.
fn kinds() -> Vec<u32> {
    let count: usize = BOND_CODES.iter().product();
    let mut rows = Vec::with_capacity(count * BOND_FEATURES);
    for k in 0..count {
        let mut rest = k;
        let mut codes = [0u8; BOND_FEATURES];
        for (code, c) in codes.iter_mut().zip(&BOND_CODES).rev() {
            *code = (rest % c) as u8;
            rest /= c;
        }
        rows.extend(shifted(&codes, &BOND_CODES));
    }
    rows
}
