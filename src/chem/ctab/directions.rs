//! The geometry of double bonds, as directions of the bonds beside them.
//!
//! A direction is what `/` and `\` are in a SMILES. They are given to every double bond that could
//! have stereo, before it is known whether its substituents differ: the sanitiser drops those that
//! mean nothing, but by then they have decided which hydrogens stay.

use super::graph::Graph;
use super::table::{Drawing, Order, Table};

/// Double bonds in rings below this size have no stereo.
const SMALLEST_RING: usize = 8;

/// Gives directions to the bonds beside double bonds.
pub(super) fn perceive(table: &Table, graph: &Graph, directions: &mut [Option<bool>]) {
    let mut work = Work::new(table, graph, directions);
    let mut order: Vec<(u64, u32)> = work
        .candidates
        .iter()
        .map(|&b| {
            // RDKit's order. Where double bonds share carriers, it decides which carry a direction.
            let sum: u64 = work.beside(b).map(u64::from).sum();
            let weight = if work.in_ring(b) { 1 } else { 10 };
            (sum * weight, b)
        })
        .collect();
    order.sort_unstable();
    for (_, bond) in order.into_iter().rev() {
        work.settle(bond);
    }
}

struct Work<'a> {
    table: &'a Table,
    graph: &'a Graph,
    directions: &'a mut [Option<bool>],
    /// Double bonds that may have stereo.
    candidates: Vec<u32>,
    /// Double bonds that are not settled yet, and bonds beside them without a direction yet.
    pending: Vec<bool>,
    /// How many double bonds a bond lies beside.
    load: Vec<u32>,
}

/// The bonds at one end of a double bond that may carry its direction: the one that does, the other.
struct End {
    first: Option<u32>,
    second: Option<u32>,
}

impl<'a> Work<'a> {
    fn new(table: &'a Table, graph: &'a Graph, directions: &'a mut [Option<bool>]) -> Self {
        let n = table.bonds.len();
        let mut work = Self {
            table,
            graph,
            directions,
            candidates: Vec::new(),
            pending: vec![false; n],
            load: vec![0; n],
        };
        for (i, bond) in table.bonds.iter().enumerate() {
            let bond_index = i as u32;
            let may = bond.order == Order::Double
                && bond.drawing != Drawing::Crossed
                && graph.degree(bond.begin) > 1
                && graph.degree(bond.end) > 1
                && !work.in_small_ring(bond_index);
            if !may {
                continue;
            }
            work.candidates.push(bond_index);
            for end in [bond.begin, bond.end] {
                for &beside in graph.bonds(end) {
                    if table.bonds[beside as usize].order.may_have_direction() {
                        work.load[beside as usize] += 1;
                        work.pending[i] = true;
                        work.pending[beside as usize] = true;
                    }
                }
            }
        }
        work
    }

    /// Bonds that may carry the direction of double bond `b`.
    fn beside(&self, b: u32) -> impl Iterator<Item = u32> + '_ {
        let bond = &self.table.bonds[b as usize];
        [bond.begin, bond.end]
            .into_iter()
            .flat_map(|end| self.graph.bonds(end).iter().copied())
            .filter(|&x| self.table.bonds[x as usize].order.may_have_direction())
    }

    fn in_small_ring(&self, bond: u32) -> bool {
        ring_size(self.table, self.graph, bond, SMALLEST_RING - 1).is_some()
    }

    fn in_ring(&self, bond: u32) -> bool {
        ring_size(self.table, self.graph, bond, usize::MAX).is_some()
    }

    /// Settles a double bond and those that share a carrier with it. A stack of its own: chains of
    /// conjugated bonds may be long.
    fn settle(&mut self, bond: u32) {
        let mut stack = vec![bond];
        while let Some(bond) = stack.pop() {
            if std::mem::take(&mut self.pending[bond as usize]) {
                let mut next = self.direct(bond);
                next.reverse();
                stack.append(&mut next);
            }
        }
    }

    /// Gives the carriers of a double bond their directions; the double bonds to go on with.
    fn direct(&mut self, bond: u32) -> Vec<u32> {
        let (begin, end) =
            (self.table.bonds[bond as usize].begin, self.table.bonds[bond as usize].end);
        let Some(mut here) = self.carriers(bond, begin) else { return Vec::new() };
        if here.first.is_none() {
            return Vec::new();
        }
        let Some(mut there) = self.carriers(bond, end) else { return Vec::new() };
        if !self.make_bent(&mut here, begin, end) || !self.make_bent(&mut there, end, begin) {
            return Vec::new();
        }
        let (Some(first), Some(last)) = (here.first, there.first) else { return Vec::new() };
        let trans = self.is_trans(first, begin, end, last);

        let mut next = Vec::new();
        for carrier in [first, last] {
            if self.pending[carrier as usize] {
                let from = next.len();
                next.extend(self.double_bonds_at(carrier).filter(|&d| self.pending[d as usize]));
                next[from..].sort_unstable();
            }
        }
        let from =
            |this: &Self, carrier: u32, atom: u32| this.table.bonds[carrier as usize].begin == atom;
        // As seen from the double bond, the carriers go the same way where they are cis.
        match (self.pending[first as usize], self.pending[last as usize]) {
            (true, true) => {
                self.set(first, begin, false);
                self.set(last, end, trans);
            }
            (false, true) => {
                let up = self.seen_from(first, begin);
                self.set(last, end, up != trans);
            }
            (true, false) => {
                let up = self.seen_from(last, end);
                self.set(first, begin, up != trans);
            }
            (false, false) => {}
        }
        self.pending[first as usize] = false;
        self.pending[last as usize] = false;
        for (ends, atom, carrier) in [(here, begin, first), (there, end, last)] {
            if let Some(other) = ends.second.filter(|&o| self.pending[o as usize]) {
                if let Some(up) = self.directions[carrier as usize] {
                    // The two of one end go opposite ways.
                    let up = up == from(self, carrier, atom);
                    self.set(other, atom, !up);
                }
                self.pending[other as usize] = false;
            }
        }
        next
    }

    /// The carriers at one end of a double bond; `None` where a wavy bond says that its geometry is
    /// unknown.
    fn carriers(&self, double: u32, atom: u32) -> Option<End> {
        let mut end = End { first: None, second: None };
        for &b in self.graph.bonds(atom).iter().filter(|&&b| b != double) {
            let bond = &self.table.bonds[b as usize];
            if !bond.order.may_have_direction() {
                continue;
            }
            match end.first {
                None => end.first = Some(b),
                // One that has its direction already is preferred, then the most entangled.
                Some(first)
                    if self.pending[b as usize]
                        && self.load[b as usize] <= self.load[first as usize] =>
                {
                    end.second = Some(b);
                }
                Some(first) => {
                    end.second = Some(first);
                    end.first = Some(b);
                }
            }
            if bond.drawing == Drawing::Wavy {
                return None;
            }
        }
        Some(end)
    }

    /// Takes the other carrier where the first continues the double bond in a straight line; false
    /// where none is bent.
    fn make_bent(&self, carriers: &mut End, atom: u32, other: u32) -> bool {
        let Some(first) = carriers.first else { return true };
        let straight = |bond: u32| {
            let p = |a: u32| self.table.atoms[a as usize].position;
            let tip = self.table.bonds[bond as usize].other(atom);
            is_straight(sub(p(tip), p(atom)), sub(p(other), p(atom)))
        };
        if !straight(first) {
            return true;
        }
        match carriers.second {
            Some(second) => {
                *carriers = End { first: Some(second), second: Some(first) };
                !straight(second)
            }
            None => false,
        }
    }

    fn is_trans(&self, first: u32, begin: u32, end: u32, last: u32) -> bool {
        let p = |a: u32| self.table.atoms[a as usize].position;
        let a = p(self.table.bonds[first as usize].other(begin));
        let d = p(self.table.bonds[last as usize].other(end));
        // The sign of the dihedral angle's cosine.
        let axis = sub(p(end), p(begin));
        let n1 = cross(sub(a, p(begin)), axis);
        let n2 = cross(sub(d, p(end)), axis);
        dot(n1, n2) <= 0.0
    }

    fn double_bonds_at(&self, carrier: u32) -> impl Iterator<Item = u32> + '_ {
        let bond = &self.table.bonds[carrier as usize];
        [bond.begin, bond.end]
            .into_iter()
            .flat_map(|a| self.graph.bonds(a).iter().copied())
            .filter(|&b| self.table.bonds[b as usize].order == Order::Double)
    }

    /// Whether a carrier goes up, seen from `atom`.
    fn seen_from(&self, carrier: u32, atom: u32) -> bool {
        let up = self.directions[carrier as usize].unwrap_or(false);
        up == (self.table.bonds[carrier as usize].begin == atom)
    }

    fn set(&mut self, carrier: u32, atom: u32, up_from_atom: bool) {
        let from_begin = self.table.bonds[carrier as usize].begin == atom;
        self.directions[carrier as usize] = Some(up_from_atom == from_begin);
    }
}

/// Size of the smallest ring that holds `bond`, if at most `limit`.
fn ring_size(table: &Table, graph: &Graph, bond: u32, limit: usize) -> Option<usize> {
    let (start, goal) = (table.bonds[bond as usize].begin, table.bonds[bond as usize].end);
    let mut seen = vec![false; table.atoms.len()];
    seen[start as usize] = true;
    let mut shell = vec![start];
    let mut size = 2;
    while !shell.is_empty() && size <= limit {
        let mut next = Vec::new();
        for atom in shell {
            for &b in graph.bonds(atom) {
                let edge = &table.bonds[b as usize];
                let closes_rings =
                    !matches!(edge.order, Order::Dative | Order::Zero | Order::Hydrogen);
                if b == bond || !closes_rings {
                    continue;
                }
                let to = edge.other(atom);
                if to == goal {
                    return Some(size);
                }
                if !std::mem::replace(&mut seen[to as usize], true) {
                    next.push(to);
                }
            }
        }
        shell = next;
        size += 1;
    }
    None
}

/// Whether two vectors point opposite ways, to two degrees, or one has no length.
fn is_straight(v: [f64; 3], w: [f64; 3]) -> bool {
    let squares = dot(v, v) * dot(w, w);
    squares < 1e-6 || dot(v, w) < -0.999_388 * squares.sqrt()
}

pub(super) fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(super) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
