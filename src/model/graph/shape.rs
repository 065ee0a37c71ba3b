//! The sizes of a graph network, and the names of its weights.

use crate::error::Error;
use crate::features::{ATOM_CODES, BOND_CODES, WALKS};

/// The sizes of a graph network; `docs/graph-network.md` has what it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphShape {
    /// H: values of an atom.
    pub width: usize,
    /// L: layers of messages.
    pub layers: usize,
    /// M: inner width of a layer's network.
    pub inner: usize,
    /// O: hidden width of the output's network.
    pub hidden: usize,
    /// W: values of a molecule.
    pub outputs: usize,
    /// Whether it reads walks.
    pub walks: bool,
}

/// Bounds on each size, far beyond any use. Work and memory grow with the weights, of which the file must hold every one.
const MOST: usize = 1 << 14;
const MOST_WIDTH: usize = 1 << 12;
const MOST_LAYERS: usize = 32;

impl GraphShape {
    /// The name and the dimensions of every weight: two for a matrix, one for a vector, none for a number.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let Self { width, inner, hidden, outputs, .. } = *self;
        let mut list = vec![("atom.table".to_owned(), vec![ATOM_CODES.iter().sum(), width])];
        if self.walks {
            list.push(("walks.weight".into(), vec![WALKS, width]));
        }
        let linear = |list: &mut Vec<_>, scope: &str, inputs: usize, outputs: usize| {
            list.push((format!("{scope}.weight"), vec![inputs, outputs]));
            list.push((format!("{scope}.bias"), vec![outputs]));
        };
        let norm = |list: &mut Vec<_>, scope: &str, width: usize| {
            list.push((format!("{scope}.weight"), vec![width]));
            list.push((format!("{scope}.bias"), vec![width]));
        };
        for i in 0..self.layers {
            if i > 0 {
                linear(&mut list, &format!("virtual{i}.first"), width, width);
                norm(&mut list, &format!("virtual{i}.norm"), width);
                linear(&mut list, &format!("virtual{i}.second"), width, width);
            }
            let table = vec![BOND_CODES.iter().sum(), width];
            list.push((format!("layer{i}.bond.table"), table));
            list.push((format!("layer{i}.scale"), vec![]));
            linear(&mut list, &format!("layer{i}.first"), width, inner);
            linear(&mut list, &format!("layer{i}.second"), inner, width);
        }
        linear(&mut list, "out.first", self.read(), hidden);
        norm(&mut list, "out.norm", hidden);
        linear(&mut list, "out.second", hidden, outputs);
        list
    }

    /// Those of them that linear layers multiply by, but for that of the walks.
    pub(super) fn linears(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        let linear =
            |name: &str| name.ends_with(".first.weight") || name.ends_with(".second.weight");
        self.tensors().into_iter().filter(move |(name, _)| linear(name))
    }

    /// Columns that the output's network reads: mean and sum of every layer.
    pub fn read(&self) -> usize {
        2 * self.width * (self.layers + 1)
    }

    /// Products of two numbers that a molecule of `atoms` atoms takes, in linear layers alone.
    pub fn multiply_adds(&self, atoms: usize) -> u64 {
        let n = |value: usize| value as u64;
        let atom = n(self.layers) * 2 * n(self.width) * n(self.inner)
            + if self.walks { n(WALKS * self.width) } else { 0 };
        let virtual_nodes = n(self.layers.saturating_sub(1)) * 2 * n(self.width) * n(self.width);
        let output = n(self.read()) * n(self.hidden) + n(self.hidden) * n(self.outputs);
        n(atoms) * atom + virtual_nodes + output
    }

    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for a size of 0 or beyond all use.
    pub(super) fn check(&self) -> Result<(), Error> {
        let Self { width, layers, inner, hidden, outputs, .. } = *self;
        for (what, value, most) in [
            ("width", width, MOST_WIDTH),
            ("layers", layers, MOST_LAYERS),
            ("inner width", inner, MOST),
            ("hidden width", hidden, MOST),
            ("outputs", outputs, MOST),
        ] {
            if value == 0 || value > most {
                let message = format!("a graph network's {what}: {value}, expected 1 to {most}");
                return Err(Error::limit(message));
            }
        }
        Ok(())
    }
}
