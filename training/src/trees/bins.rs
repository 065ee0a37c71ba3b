//! Columns in bins: what boosting looks at in place of the values.

use ndarray::ArrayView2;
use std::ops::Range;

/// Training rows that must be other than zero in a column that is looked at.
const LEAST_HITS: usize = 5;

/// The columns worth looking at. Those of 0 and 1 alone are kept as the ones of each row, as most are rare.
pub struct Binned {
    /// Columns of several values.
    pub numbers: Vec<Numbers>,
    /// Columns of 0 and 1, by their place in the input.
    pub bits: Vec<u16>,
    /// Places in `bits` of row r's ones: `ones[starts[r]..starts[r + 1]]`.
    ones: Vec<u16>,
    starts: Vec<usize>,
}

/// A column of several values.
pub struct Numbers {
    /// Its place in the input.
    pub column: u16,
    /// Bin b holds values above `cuts[b − 1]` and up to `cuts[b]`.
    pub cuts: Vec<f32>,
    /// The bin of each row.
    pub bins: Vec<u8>,
}

impl Binned {
    /// Of the columns `columns` of `x`, in at most `bins` bins each, 2…256. Columns beyond 65,535 are left out, as trees
    /// cannot name them.
    pub fn new(x: ArrayView2<'_, f32>, columns: Range<usize>, bins: usize) -> Self {
        let (mut numbers, mut bits) = (Vec::new(), Vec::new());
        for column in columns {
            let (values, Ok(place)) = (x.column(column), u16::try_from(column)) else { continue };
            if values.iter().filter(|v| **v != 0.0).count() < LEAST_HITS {
                continue;
            }
            if values.iter().all(|v| *v == 0.0 || *v == 1.0) {
                bits.push(place);
                continue;
            }
            let cuts = cuts(values.to_vec(), bins);
            if !cuts.is_empty() {
                let bin = |v: &f32| cuts.partition_point(|cut| v > cut) as u8;
                let bins = values.iter().map(bin).collect();
                numbers.push(Numbers { column: place, cuts, bins });
            }
        }
        let (mut ones, mut starts) = (Vec::new(), vec![0]);
        for row in x.rows() {
            let set = bits.iter().enumerate().filter(|(_, c)| row[usize::from(**c)] > 0.5);
            ones.extend(set.map(|(i, _)| i as u16));
            starts.push(ones.len());
        }
        Self { numbers, bits, ones, starts }
    }

    /// Columns of either kind.
    pub fn columns(&self) -> usize {
        self.numbers.len() + self.bits.len()
    }

    /// Places in `bits` of the ones of `row`.
    pub fn ones(&self, row: usize) -> &[u16] {
        &self.ones[self.starts[row]..self.starts[row + 1]]
    }
}

/// Cuts between distinct values, about equally many rows between two of them, and all distinct values apart where
/// they are no more than `bins`.
fn cuts(mut values: Vec<f32>, bins: usize) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    // Neighbours that differ, and how many rows are below.
    let steps: Vec<(usize, f32)> = (1..)
        .zip(values.windows(2))
        .filter(|(_, w)| w[0] < w[1])
        .map(|(below, w)| (below, between(w[0], w[1])))
        .collect();
    if steps.len() < bins {
        return steps.into_iter().map(|s| s.1).collect();
    }
    let mut cuts = Vec::with_capacity(bins);
    let mut last = 0;
    for (below, cut) in steps {
        // What is left is shared among the bins that are left.
        let share = (values.len() - last) / (bins - cuts.len());
        if below - last >= share.max(1) && cuts.len() + 1 < bins {
            cuts.push(cut);
            last = below;
        }
    }
    cuts
}

/// A value from `a` on and below `b`, half way where f32 has one.
fn between(a: f32, b: f32) -> f32 {
    let middle = a / 2.0 + b / 2.0;
    if middle >= a && middle < b { middle } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn values_apart_stay_apart_and_many_are_shared_out() {
        assert_eq!(cuts(vec![3.0, 1.0, 1.0, 2.0, 1.0], 5), [1.5, 2.5]);
        assert_eq!(cuts(vec![7.0; 9], 5), [0.0f32; 0]);
        let next = f32::from_bits(1.0f32.to_bits() + 1);
        assert_eq!(cuts(vec![next, 1.0], 5), [1.0]);
        let cuts = cuts((0..1000).map(|v| v as f32).collect(), 10);
        assert_eq!(cuts.len(), 9);
        let counts = cuts.windows(2).map(|w| w[1] - w[0]);
        assert!(counts.clone().all(|n| n == 100.0), "{cuts:?}");
    }

    #[test]
    fn columns_are_told_apart() {
        // Constant, rare, bit, number, beyond the range.
        let x = Array2::from_shape_fn((20, 5), |(i, c)| match c {
            0 => 0.0,
            1 => f32::from(i < 4),
            2 | 4 => (i % 2) as f32,
            _ => i as f32,
        });
        let binned = Binned::new(x.view(), 0..4, 8);
        assert_eq!((binned.bits.as_slice(), binned.columns()), (&[2][..], 2));
        assert_eq!((binned.ones(0), binned.ones(1)), (&[][..], &[0][..]));
        let numbers = &binned.numbers[0];
        assert_eq!((numbers.column, numbers.cuts.len()), (3, 7));
        for (i, bin) in numbers.bins.iter().map(|b| usize::from(*b)).enumerate() {
            let v = i as f32;
            assert!(bin == 7 || v <= numbers.cuts[bin]);
            assert!(bin == 0 || v > numbers.cuts[bin - 1]);
        }
    }
}
