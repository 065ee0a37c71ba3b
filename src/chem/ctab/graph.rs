//! A table as a graph whose valences are known: what the steps between reading and sanitising look at.

use super::elements::valences;
use super::table::{Order, Table, TableAtom};

/// The bonds of each atom of a table, in the file's order.
pub(super) struct Graph {
    offsets: Vec<u32>,
    bonds: Vec<u32>,
}

impl Graph {
    pub(super) fn of(table: &Table) -> Self {
        let mut offsets = vec![0u32; table.atoms.len() + 1];
        for b in &table.bonds {
            offsets[b.begin as usize + 1] += 1;
            offsets[b.end as usize + 1] += 1;
        }
        for i in 0..table.atoms.len() {
            offsets[i + 1] += offsets[i];
        }
        let mut next = offsets.clone();
        let mut bonds = vec![0; table.bonds.len() * 2];
        for (i, b) in table.bonds.iter().enumerate() {
            for end in [b.begin, b.end] {
                bonds[next[end as usize] as usize] = i as u32;
                next[end as usize] += 1;
            }
        }
        Self { offsets, bonds }
    }

    /// Indices of the bonds of `atom`.
    pub(super) fn bonds(&self, atom: u32) -> &[u32] {
        let a = atom as usize;
        &self.bonds[self.offsets[a] as usize..self.offsets[a + 1] as usize]
    }

    /// Number of bonds of `atom`, of every kind.
    pub(super) fn degree(&self, atom: u32) -> usize {
        self.bonds(atom).len()
    }

    /// The atoms bonded to `atom`.
    pub(super) fn neighbors<'a>(
        &'a self,
        table: &'a Table,
        atom: u32,
    ) -> impl Iterator<Item = u32> + 'a {
        self.bonds(atom).iter().map(move |&b| table.bonds[b as usize].other(atom))
    }

    /// Whether an aromatic bond ends here.
    pub(super) fn is_aromatic(&self, table: &Table, atom: u32) -> bool {
        self.bonds(atom).iter().any(|&b| table.bonds[b as usize].order == Order::Aromatic)
    }

    /// Bonds and stated hydrogens of `atom` (RDKit's explicit valence, unchecked).
    pub(super) fn explicit_valence(&self, table: &Table, atom: u32) -> i32 {
        let a = &table.atoms[atom as usize];
        let halves: u32 = self
            .bonds(atom)
            .iter()
            .map(|&b| &table.bonds[b as usize])
            // A donor gives its lone pair: its own valence does not count the bond.
            .filter(|b| b.order != Order::Dative || b.end == atom)
            .map(|b| b.order.halves())
            .sum();
        let halves = (halves + 2 * a.hydrogens) as i32;
        let (_, list) = effective(a);
        let usual = list[0];
        let mut total = halves;
        if usual >= 0 && halves > 2 * usual && self.is_aromatic(table, atom) {
            // Three aromatic bonds count 4.5: an atom where rings meet has its usual valence.
            let fits = list
                .iter()
                .take_while(|&&v| v >= 0 && 2 * v <= halves)
                .last()
                .copied()
                .unwrap_or(usual);
            if halves - 2 * fits <= 3 {
                total = 2 * fits;
            }
        }
        // Half a bond counts as a whole one.
        (total + 1).div_euclid(2)
    }

    /// Hydrogens that complete the valence of `atom`, beside those stated (RDKit's implicit valence,
    /// unchecked).
    pub(super) fn implicit_hydrogens(&self, table: &Table, atom: u32) -> u32 {
        let a = &table.atoms[atom as usize];
        if a.no_implicit || a.atomic_number == 0 {
            return 0;
        }
        let explicit = self.explicit_valence(table, atom);
        if a.atomic_number == 1 && explicit == 0 && a.radicals == 0 {
            return u32::from(a.charge == 0);
        }
        let (electrons, mut list) = effective(a);
        let usual = list[0];
        if electrons == 0 || usual == -1 {
            return 0;
        }
        let mut used = explicit + a.radicals as i32;
        if expands(a.atomic_number, electrons) {
            list = valences(u32::from(a.atomic_number));
            used -= a.charge;
        }
        let free = if self.is_aromatic(table, atom) {
            usual - used
        } else {
            list.iter().take_while(|&&v| v >= 0).find(|&&v| used <= v).map_or(0, |v| v - used)
        };
        free.max(0) as u32
    }

    /// Whether bonds and unpaired electrons fit a valence of the element.
    pub(super) fn fits_radicals(&self, table: &Table, atom: u32) -> bool {
        let a = &table.atoms[atom as usize];
        let (electrons, mut list) = effective(a);
        if a.radicals == 0 || a.no_implicit || a.atomic_number == 0 || list[0] == -1 {
            return true;
        }
        let mut used = self.explicit_valence(table, atom) + a.radicals as i32;
        let usual = list[0];
        if expands(a.atomic_number, electrons) {
            list = valences(u32::from(a.atomic_number));
            used -= a.charge;
        }
        if self.is_aromatic(table, atom) {
            return used <= usual || list.contains(&used);
        }
        list.iter().any(|&v| v == -1 || used <= v)
    }

    /// All hydrogens of `atom` that are not atoms.
    pub(super) fn hydrogens(&self, table: &Table, atom: u32) -> u32 {
        table.atoms[atom as usize].hydrogens + self.implicit_hydrogens(table, atom)
    }
}

/// Whether an atom may have this many bonds and hydrogens.
pub(super) fn permits(atom: &TableAtom, valence: i32) -> bool {
    let (electrons, mut list) = effective(atom);
    let mut valence = valence;
    if expands(atom.atomic_number, electrons) {
        list = valences(u32::from(atom.atomic_number));
        valence -= atom.charge;
    }
    list.iter().any(|&v| v == -1 || valence <= v)
}

/// Electrons of the neutral element that an ion resembles, and its valences.
fn effective(atom: &TableAtom) -> (u32, &'static [i32]) {
    let z = u32::from(atom.atomic_number);
    let own = valences(z);
    if own == [-1] {
        return (z, own);
    }
    let electrons = (z as i32 - atom.charge).clamp(0, 118) as u32;
    (electrons, valences(electrons))
}

/// Whether an ion of the element takes more bonds than its electrons suggest, as PF6− does.
fn expands(atomic_number: u8, electrons: u32) -> bool {
    match atomic_number {
        15 | 16 => electrons > 16,
        33 | 34 => electrons > 34,
        _ => false,
    }
}
