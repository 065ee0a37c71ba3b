//! Rows sorted by their numbers of set bits, more of them than the memory holds.

use crate::files::{Beside, Scratch};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

/// Bytes of fingerprints that are sorted in memory.
const RUN: usize = 128 << 20;
/// Words read from the file at once, if they are of one row or more.
const READ: usize = 1 << 16;

/// Rows of fingerprints as they come, with a number each, to be gone through by (set bits, id).
///
/// Up to [`RUN`] bytes of rows are in memory. Each time they are full, they are sorted and put into a file as a run. All ids of a
/// run are below those of the next, so that going through the runs' rows of one number of set bits, then of the next, is
/// going through all in order.
pub(super) struct Runs {
    /// Words a row.
    row: usize,
    /// Rows of a full run.
    capacity: usize,
    /// The run under way, in the order of the ids.
    words: Vec<u64>,
    lengths: Vec<u32>,
    /// The full ones.
    full: Vec<Run>,
    beside: Beside,
    file: Option<Scratch>,
}

/// A sorted run: its words, its ids in the same order, then its lengths in the order of the ids.
struct Run {
    start: u64,
    rows: usize,
    groups: Vec<Group>,
}

/// Rows of a run with the same number of set bits.
#[derive(Clone, Copy)]
struct Group {
    set: u16,
    /// Rows of the run before these.
    before: usize,
    rows: usize,
}

impl Runs {
    /// Rows of `row` words; the file is made when it is needed, `beside` another.
    pub fn new(row: usize, beside: Beside) -> Self {
        Self::with_capacity(row, beside, (RUN / (row * 8)).max(1))
    }

    /// With another number of rows in memory, at least one.
    pub fn with_capacity(row: usize, beside: Beside, capacity: usize) -> Self {
        let (words, lengths, full) = (Vec::new(), Vec::new(), Vec::new());
        Self { row, capacity, words, lengths, full, beside, file: None }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.full.len() * self.capacity + self.lengths.len()
    }

    /// Makes room for another row; false where the memory has none.
    pub fn reserve(&mut self) -> bool {
        self.words.try_reserve(self.row).is_ok() && self.lengths.try_reserve(1).is_ok()
    }

    /// Adds a row and its number.
    pub fn push(&mut self, words: &[u64], length: u32) -> io::Result<()> {
        self.words.extend_from_slice(words);
        self.lengths.push(length);
        if self.lengths.len() < self.capacity { Ok(()) } else { self.spill() }
    }

    /// Puts the run under way, which is full, into the file.
    fn spill(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(self.beside.create()?);
        }
        let Some(Scratch { file, .. }) = &mut self.file else { return Ok(()) };
        let start = file.seek(SeekFrom::End(0))?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        let (order, groups) = sorted(self.row, &self.words);
        for &(_, i) in &order {
            let words = &self.words[i as usize * self.row..][..self.row];
            out.write_all(bytemuck::cast_slice(words))?;
        }
        let first = (self.full.len() * self.capacity) as u32;
        for &(_, i) in &order {
            out.write_all(&(first + i).to_ne_bytes())?;
        }
        out.write_all(bytemuck::cast_slice(&self.lengths))?;
        out.flush()?;
        self.full.push(Run { start, rows: order.len(), groups });
        self.words.clear();
        self.lengths.clear();
        Ok(())
    }

    /// Calls `each` with the number of set bits, the id and the words of every row, in the order of the former two.
    pub fn for_each(
        &mut self,
        mut each: impl FnMut(u16, u32, &[u64]) -> io::Result<()>,
    ) -> io::Result<()> {
        let (order, last) = sorted(self.row, &self.words);
        let first = self.full.len() * self.capacity;
        let mut buffers = Buffers::new(self.row);
        let mut left: Vec<&[Group]> = self.full.iter().map(|run| &run.groups[..]).collect();
        left.push(&last);
        while let Some(set) = left.iter().filter_map(|groups| Some(groups.first()?.set)).min() {
            for (i, groups) in left.iter_mut().enumerate() {
                let Some((&group, rest)) = groups.split_first().filter(|(g, _)| g.set == set)
                else {
                    continue;
                };
                *groups = rest;
                match (self.full.get(i), &mut self.file) {
                    (Some(run), Some(file)) => {
                        buffers.for_each(&mut file.file, run, group, &mut each)?
                    }
                    _ => {
                        for &(_, i) in &order[group.before..][..group.rows] {
                            let words = &self.words[i as usize * self.row..][..self.row];
                            each(set, first as u32 + i, words)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Calls `each` with the number of every row, in the order of the ids.
    pub fn for_each_length(
        &mut self,
        mut each: impl FnMut(u32) -> io::Result<()>,
    ) -> io::Result<()> {
        if let Some(Scratch { file, .. }) = &mut self.file {
            let mut lengths = vec![0u32; self.capacity];
            for run in &self.full {
                file.seek(SeekFrom::Start(run.start + (run.rows * (self.row * 8 + 4)) as u64))?;
                file.read_exact(bytemuck::cast_slice_mut(&mut lengths))?;
                lengths.iter().try_for_each(|&length| each(length))?;
            }
        }
        self.lengths.iter().try_for_each(|&length| each(length))
    }
}

/// Rows as (set bits, place), sorted, and the groups of equal numbers of set bits.
fn sorted(row: usize, words: &[u64]) -> (Vec<(u16, u32)>, Vec<Group>) {
    let set = |row: &[u64]| row.iter().map(|w| w.count_ones() as u16).sum();
    let mut order: Vec<(u16, u32)> = words.chunks_exact(row).map(set).zip(0..).collect();
    order.sort_unstable();
    let mut before = 0;
    let groups = order.chunk_by(|a, b| a.0 == b.0).map(|group| {
        let start = before;
        before += group.len();
        Group { set: group[0].0, before: start, rows: group.len() }
    });
    let groups = groups.collect();
    (order, groups)
}

/// What is read from the file at once.
struct Buffers {
    row: usize,
    words: Vec<u64>,
    ids: Vec<u32>,
}

impl Buffers {
    fn new(row: usize) -> Self {
        let rows = (READ / row).max(1);
        Self { row, words: vec![0; rows * row], ids: vec![0; rows] }
    }

    /// The rows of a group of a run that is in the file.
    fn for_each(
        &mut self,
        file: &mut File,
        run: &Run,
        group: Group,
        each: &mut impl FnMut(u16, u32, &[u64]) -> io::Result<()>,
    ) -> io::Result<()> {
        let row = self.row * 8;
        let mut done = 0;
        while done < group.rows {
            let (rows, place) = (self.ids.len().min(group.rows - done), group.before + done);
            let (words, ids) = (&mut self.words[..rows * self.row], &mut self.ids[..rows]);
            file.seek(SeekFrom::Start(run.start + (place * row) as u64))?;
            file.read_exact(bytemuck::cast_slice_mut(words))?;
            file.seek(SeekFrom::Start(run.start + (run.rows * row + place * 4) as u64))?;
            file.read_exact(bytemuck::cast_slice_mut(ids))?;
            for (words, &id) in words.chunks_exact(self.row).zip(&*ids) {
                each(group.set, id, words)?;
            }
            done += rows;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever a run holds, rows come as a sort of all gives them.
        #[test]
        fn rows_come_in_order(
            parts in 1usize..3,
            rows in prop::collection::vec(prop::collection::vec(0u64..8, 8), 0..40),
            capacity in 1usize..50,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let row = parts * 4;
            let mut runs = Runs::with_capacity(row, Beside::of_folder(folder.path()), capacity);
            for (i, words) in rows.iter().enumerate() {
                runs.push(&words[..row], i as u32 * 3).unwrap();
            }
            prop_assert_eq!(runs.len(), rows.len());
            let set = |words: &[u64]| words.iter().map(|w| w.count_ones()).sum::<u32>() as u16;
            let mut expected: Vec<(u16, u32, Vec<u64>)> = rows
                .iter()
                .zip(0..)
                .map(|(words, i)| (set(&words[..row]), i, words[..row].to_vec()))
                .collect();
            expected.sort();
            let (mut got, mut lengths) = (Vec::new(), Vec::new());
            runs.for_each(|set, id, words| {
                got.push((set, id, words.to_vec()));
                Ok(())
            })
            .unwrap();
            runs.for_each_length(|length| {
                lengths.push(length);
                Ok(())
            })
            .unwrap();
            prop_assert_eq!(got, expected);
            prop_assert_eq!(lengths, (0..rows.len() as u32).map(|i| i * 3).collect::<Vec<_>>());
            drop(runs);
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    /// Large groups are read piece by piece.
    #[test]
    fn a_group_longer_than_what_is_read_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let n = READ / 4 * 2 + 3;
        let mut runs = Runs::with_capacity(4, Beside::of_folder(folder.path()), n);
        for i in 0..n {
            runs.push(&[1 << (i % 64), 0, 0, 0], 0).unwrap();
        }
        let mut next = 0;
        runs.for_each(|set, id, words| {
            assert_eq!((set, id, words[0]), (1, next, 1 << (next % 64)));
            next += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(next as usize, n);
    }
}
