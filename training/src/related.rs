//! Outputs of pretraining's supervised tasks that measure what a data set's tasks measure, as one more member of the
//! data set's average: a lever beyond the paper, for data sets with few labels on well-studied targets.
//!
//! The supervised tasks' own output layer on the frozen encoder serves, so the member costs one small matrix and no
//! training. Each output is trusted by the labels that it was trained on, n / (n + 100), brought to the spread that the
//! trained members' outputs have on the training molecules, and weighed by the configuration's `related`, which is
//! chosen on validation data. The leak guard has kept withheld molecules out of the supervised labels
//! (see [`data`](crate::data)).

use crate::Result;
use crate::benchmark::Benchmark;
use crate::data::label_counts;
use crate::export::{Structure, Weights};
use crate::onnx::Chain;
use candle_core::{Device, Tensor};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use std::path::Path;

/// Labels with which an output counts half.
const HALF: f32 = 100.0;

/// Gene symbols of ChEMBL2k's tasks and the identifiers that ChEMBL gives these targets.
const CHEMBL2K: &[(&str, &str)] = &[
    ("ABCB1", "CHEMBL4302"),
    ("ABL1", "CHEMBL1862"),
    ("ADRA1D", "CHEMBL223"),
    ("ADRA2B", "CHEMBL1942"),
    ("ADRB2", "CHEMBL210"),
    ("CA12", "CHEMBL3242"),
    ("CA2", "CHEMBL205"),
    ("CA9", "CHEMBL3594"),
    ("CACNA1H", "CHEMBL1859"),
    ("CDK2", "CHEMBL301"),
    ("CHRM1", "CHEMBL216"),
    ("CHRM3", "CHEMBL245"),
    ("CHRM4", "CHEMBL1821"),
    ("CNR1", "CHEMBL218"),
    ("CYP1A2", "CHEMBL3356"),
    ("CYP2C19", "CHEMBL3622"),
    ("CYP2C9", "CHEMBL3397"),
    ("CYP2D6", "CHEMBL289"),
    ("CYP3A4", "CHEMBL340"),
    ("DRD2", "CHEMBL217"),
    ("DRD3", "CHEMBL234"),
    ("DRD4", "CHEMBL219"),
    ("EGFR", "CHEMBL203"),
    ("ESR1", "CHEMBL206"),
    ("FLT1", "CHEMBL1868"),
    ("HRH1", "CHEMBL231"),
    ("HTR1A", "CHEMBL214"),
    ("HTR2A", "CHEMBL224"),
    ("HTR2B", "CHEMBL1833"),
    ("HTR2C", "CHEMBL225"),
    ("HTR6", "CHEMBL3371"),
    ("KCNH2", "CHEMBL240"),
    ("KDR", "CHEMBL279"),
    ("LCK", "CHEMBL258"),
    ("MCL1", "CHEMBL4361"),
    ("OPRK1", "CHEMBL237"),
    ("PPARG", "CHEMBL235"),
    ("PTGS1", "CHEMBL221"),
    ("SIGMAR1", "CHEMBL287"),
    ("SLC6A2", "CHEMBL222"),
    ("SLC6A4", "CHEMBL228"),
];

/// The supervised task, as `prepare` names it, that measures what `column` of the data set `set` measures.
fn counterpart(set: &str, column: &str) -> Option<String> {
    let (_, target) = CHEMBL2K.iter().find(|(gene, _)| set == "chembl2k" && *gene == column)?;
    Some(format!("chembl:{target}"))
}

/// A linear network over what the heads read: x Wᵀ + b.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// tasks × width; rows of tasks without a counterpart are zero.
    weight: Array2<f32>,
    /// tasks.
    bias: Array1<f32>,
    /// tasks; 0…1.
    trust: Array1<f32>,
}

impl Related {
    /// The counterparts of `set`'s tasks in the run folder `run`, for heads that read `reads`.
    ///
    /// # Errors
    /// If heads do not read the encoder that the supervised tasks read, the run has no such tasks, or it is damaged.
    pub fn of_run(run: &Path, set: &Benchmark, reads: &[String], at: &Structure) -> Result<Self> {
        const ENCODER: &str = "encoder_1d";
        let place = reads.iter().position(|r| r == ENCODER);
        let place =
            place.ok_or_else(|| format!("{}: related: heads do not read {ENCODER}", set.name))?;
        let width = |reads: &[String]| reads.iter().map(|r| at.width(r)).sum::<Result<usize>>();
        let first = width(&reads[..place])?;
        let mut weight = Array2::zeros((set.tasks.len(), width(reads)?));
        let (mut bias, mut trust) =
            (Array1::zeros(set.tasks.len()), Array1::zeros(set.tasks.len()));
        let weights = Weights::read(run)?;
        let (matrix, shift) = weights.supervised(at.width(ENCODER)?)?;
        let counts = label_counts(&run.join("prepared"))?;
        let mut found = 0;
        for (t, column) in set.tasks.iter().enumerate() {
            let Some(name) = counterpart(&set.name, column) else { continue };
            let Some(from) = weights.card().tasks.iter().position(|task| *task == name) else {
                continue;
            };
            let n = counts.get(&name).copied().unwrap_or(0) as f32;
            trust[t] = n / (n + HALF);
            let row = matrix.row(from);
            weight.slice_mut(s![t, first..first + row.len()]).assign(&row);
            bias[t] = shift[from];
            found += 1;
        }
        if found == 0 {
            return Err(
                format!("{}: related: no supervised task measures the same", set.name).into()
            );
        }
        Ok(Self { weight, bias, trust })
    }

    /// Brought to the training outputs `z` of the other `members`, whose mean it will join with `share` of their
    /// spread; `x` are the training rows.
    pub fn scaled(
        mut self,
        x: ArrayView2<'_, f32>,
        z: &Array2<f32>,
        members: usize,
        share: f32,
    ) -> Self {
        let own = self.outputs(x);
        for t in 0..self.bias.len() {
            let (spread, own_spread) = (z.column(t).std(0.0), own.column(t).std(0.0));
            let wanted = share * self.trust[t] * members as f32 * spread;
            let factor = if own_spread > 1e-6 { wanted / own_spread } else { 0.0 };
            let centre = own.column(t).mean().unwrap_or(0.0);
            self.bias[t] = (self.bias[t] - centre) * factor;
            self.weight.row_mut(t).map_inplace(|w| *w *= factor);
        }
        // As the model file stores it.
        self.weight.map_inplace(|w| *w = half::f16::from_f32(*w).to_f32());
        self
    }

    /// Rows × tasks.
    pub fn outputs(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        x.dot(&self.weight.t()) + &self.bias
    }

    /// As an ONNX file called `name`.
    ///
    /// # Errors
    /// candle's.
    pub fn onnx(&self, name: &str) -> Result<Vec<u8>> {
        let mut chain = Chain::new(self.weight.len_of(Axis(1)));
        let weight: Vec<f32> = self.weight.iter().copied().collect();
        let weight = Tensor::from_vec(weight, self.weight.dim(), &Device::Cpu)?;
        let bias = Tensor::from_vec(self.bias.to_vec(), self.bias.len(), &Device::Cpu)?;
        chain.linear(&weight, &bias)?;
        Ok(chain.finish(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn it_joins_with_the_share_asked_for() {
        // The second task has no counterpart.
        let related = Related {
            weight: array![[0.0, 3.0], [0.0, 0.0]],
            bias: array![5.0, 0.0],
            trust: array![0.5, 0.0],
        };
        let x = array![[9.0, 1.0], [9.0, 3.0]];
        let z = array![[-2.0, 0.0], [2.0, 1.0]];
        let out = related.scaled(x.view(), &z, 4, 0.25).outputs(x.view());
        // Spread 2 of the members, times share, trust and their number: ±1; centred.
        assert_eq!(out, array![[-1.0, 0.0], [1.0, 0.0]]);
    }

    #[test]
    fn targets_are_named_once() {
        let mut targets: Vec<_> = CHEMBL2K.iter().map(|(_, target)| target).collect();
        targets.sort();
        targets.dedup();
        assert_eq!(targets.len(), 41);
        assert_eq!(counterpart("chembl2k", "ADRB2").as_deref(), Some("chembl:CHEMBL210"));
        assert_eq!(counterpart("toxcast", "ADRB2"), None);
    }
}
