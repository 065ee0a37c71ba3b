//! The order in which a query meets the blocks of a table.

use super::packed::{BLOCK, Columns};

/// Blocks of rows, those with the query's number of set bits first, then outwards to both sides, so
/// that good candidates come early and later blocks are pruned whole.
#[derive(Clone)]
pub(super) struct BlocksOutward {
    below: usize,
    above: usize,
    rows: usize,
    turn: bool,
}

impl BlocksOutward {
    pub fn new(table: Columns<'_>, count: u32) -> Self {
        let middle = table.start(count) / BLOCK * BLOCK;
        Self { below: middle, above: middle, rows: table.len(), turn: true }
    }
}

impl Iterator for BlocksOutward {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let up = self.above < self.rows && (self.turn || self.below == 0);
        self.turn = !up;
        if up {
            let start = self.above;
            self.above = (start + BLOCK).min(self.rows);
            Some((start, self.above))
        } else if self.below > 0 {
            let end = self.below;
            self.below -= BLOCK;
            Some((self.below, end))
        } else {
            None
        }
    }
}
