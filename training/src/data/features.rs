//! Structure vectors of all molecules, kept small: descriptors as f32, keys and bits as bits.

use super::arrays::Arrays;
use crate::Result;
use crate::featurize;
use chmr::chem::Molecule;
use chmr::features::{MACCS_BITS, Standardizer, StructureLayout, structure_vector};
use indicatif::ProgressBar;
use ndarray::Array2;
use rayon::prelude::*;

/// Molecules that the standardizer is fitted to at most, evenly spread: more would change nothing.
const FITTED: usize = 20_000;
const MACCS_WORDS: usize = MACCS_BITS.div_ceil(64);

/// Structure vectors in the layout of [`StructureLayout::default`].
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// [molecules, descriptors], standardised.
    pub descriptors: Array2<f32>,
    /// Three words a molecule: the 167 MACCS keys.
    pub maccs: Vec<u64>,
    /// Sixteen words a molecule: the 1024 Morgan bits.
    pub morgan: Vec<u64>,
}

/// The layout of every prepared data set.
pub fn layout() -> StructureLayout {
    StructureLayout::default()
}

/// Fits the descriptors' scale to `molecules`.
///
/// # Errors
/// If there are none.
pub fn fit(molecules: &[Molecule]) -> Result<Standardizer> {
    let sample = super::molecules::spread(molecules.len(), FITTED);
    featurize::standardizer(&sample.iter().map(|&i| &molecules[i]).collect::<Vec<_>>())
}

impl Features {
    /// Computes the vectors with the library's own code. `bar` counts molecules.
    ///
    /// # Errors
    /// None but the shapes'.
    pub fn compute(
        molecules: &[Molecule],
        standardizer: &Standardizer,
        bar: &ProgressBar,
    ) -> Result<Self> {
        let layout = layout();
        let (n, d) = (molecules.len(), layout.descriptors.len());
        let words = layout.morgan_bits / 64;
        let mut descriptors = vec![0f32; n * d];
        let (mut maccs, mut morgan) = (vec![0u64; n * MACCS_WORDS], vec![0u64; n * words]);
        descriptors
            .par_chunks_mut(d)
            .zip(maccs.par_chunks_mut(MACCS_WORDS))
            .zip(morgan.par_chunks_mut(words))
            .zip(molecules)
            .for_each_init(
                || vec![0f32; layout.width()],
                |row, (((scaled, keys), bits), molecule)| {
                    structure_vector(molecule, &layout, standardizer, row);
                    scaled.copy_from_slice(&row[..d]);
                    pack(&row[d..d + MACCS_BITS], keys);
                    pack(&row[d + MACCS_BITS..], bits);
                    bar.inc(1);
                },
            );
        Ok(Self { descriptors: Array2::from_shape_vec((n, d), descriptors)?, maccs, morgan })
    }

    /// Appends those of further molecules.
    ///
    /// # Errors
    /// If they have other descriptors.
    pub fn append(&mut self, more: Self) -> Result<()> {
        self.descriptors.append(ndarray::Axis(0), more.descriptors.view())?;
        self.maccs.extend(more.maccs);
        self.morgan.extend(more.morgan);
        Ok(())
    }

    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.descriptors.nrows()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Length of a structure vector.
    pub fn width(&self) -> usize {
        layout().width()
    }

    /// The structure vectors of `rows`, one behind the other.
    ///
    /// # Panics
    /// If a row is out of range.
    pub fn vectors(&self, rows: &[u32]) -> Vec<f32> {
        let (d, width) = (self.descriptors.ncols(), self.width());
        let mut out = vec![0f32; rows.len() * width];
        out.par_chunks_mut(width).zip(rows).for_each(|(out, &row)| {
            let values = self.descriptors.row(row as usize);
            out[..d].iter_mut().zip(values).for_each(|(o, v)| *o = *v);
            for bit in self.bits(row) {
                out[d + bit] = 1.0;
            }
        });
        out
    }

    /// The bits set in a molecule's keys and Morgan fingerprint, counted through: what its node is reconstructed
    /// as. Ascending, below `width() - descriptors`.
    ///
    /// # Panics
    /// If the row is out of range.
    pub fn bits(&self, row: u32) -> impl Iterator<Item = usize> + '_ {
        let words = self.morgan.len() / self.len();
        let keys = &self.maccs[row as usize * MACCS_WORDS..][..MACCS_WORDS];
        let morgan = &self.morgan[row as usize * words..][..words];
        ones(keys).chain(ones(morgan).map(|bit| MACCS_BITS + bit))
    }

    /// As arrays `descriptors`, `maccs`, `morgan`.
    pub fn store(&self, arrays: &mut Arrays) {
        let n = self.len();
        arrays.put_matrix("descriptors", &self.descriptors);
        arrays.put("maccs", &[n, MACCS_WORDS], &self.maccs);
        arrays.put("morgan", &[n, self.morgan.len() / n.max(1)], &self.morgan);
    }

    /// From those arrays.
    ///
    /// # Errors
    /// If one is absent or of another shape.
    pub fn restore(arrays: &mut Arrays) -> Result<Self> {
        let descriptors = arrays.matrix("descriptors")?;
        let layout = layout();
        let expected = [MACCS_WORDS, layout.morgan_bits / 64];
        let [(a, maccs), (b, morgan)] = [arrays.take("maccs")?, arrays.take("morgan")?];
        let n = descriptors.nrows();
        if descriptors.ncols() != layout.descriptors.len()
            || a != [n, expected[0]]
            || b != [n, expected[1]]
        {
            return Err("the prepared features are of another layout: prepare again".into());
        }
        Ok(Self { descriptors, maccs, morgan })
    }
}

fn pack(values: &[f32], words: &mut [u64]) {
    for (i, _) in values.iter().enumerate().filter(|(_, v)| **v != 0.0) {
        words[i / 64] |= 1 << (i % 64);
    }
}

fn ones(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(w, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let bit = rest.trailing_zeros() as usize;
            (rest != 0).then(|| {
                rest &= rest - 1;
                64 * w + bit
            })
        })
    })
}
