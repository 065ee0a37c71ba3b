//! What a prediction depends on.

use super::open::Model;

/// What the prediction of a task depends on: all that is false may change without changing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reads {
    /// The molecule as a graph: atoms, bonds, charges, hydrogens.
    pub structure: bool,
    /// The positions of its atoms. Where this is false, all poses of a molecule have the same value.
    pub conformer: bool,
}

impl Model {
    /// What the prediction of `task` reads; `None` beyond the tasks.
    ///
    /// The networks of a model file start from the structure vector, whose columns
    /// ([`StructureLayout`](crate::features::StructureLayout)) are functions of the graph, or from the graph itself: so far no task
    /// of any model reads the conformer. `docs/shape.md` says what was measured before that was left so.
    pub fn task_reads(&self, task: usize) -> Option<Reads> {
        self.tasks().get(task).map(|_| Reads { structure: true, conformer: false })
    }
}
