//! The keys on rings of a given size: any simple cycle counts, not only smallest rings.

use crate::chem::Molecule;

/// What the cycles of a molecule set.
#[derive(Default)]
pub(super) struct Cycles {
    /// By length: a cycle exists.
    pub sizes: [bool; 8],
    /// By length: a cycle with an atom other than carbon and hydrogen exists.
    pub hetero: [bool; 8],
    /// Six-membered cycles on more than one set of atoms.
    pub many_six: bool,
    /// A cycle of 8 to 14 atoms.
    pub large: bool,
}

/// Looks for cycles of 3 to 14 atoms.
pub(super) fn cycles(mol: &Molecule) -> Cycles {
    let hetero = |atom: u32| !matches!(mol.atoms()[atom as usize].atomic_number, 1 | 6);
    let mut found = Cycles::default();
    // A dative or zero-order bond makes no ring (`R`, `@`), yet the small cycles are of any bonds (`~`).
    let any_bond = mol.bonds().iter().any(|b| !b.order.closes_rings());
    let atoms = |all: bool| -> Vec<u32> {
        (0..mol.atoms().len() as u32).filter(|&i| all || mol.atoms()[i as usize].in_ring).collect()
    };
    let ring_atoms = atoms(any_bond);
    if ring_atoms.is_empty() {
        return found;
    }
    let mut walk = Walk::new(mol, any_bond);
    let any_hetero = ring_atoms.iter().any(|&a| hetero(a));
    let mut first_six: Option<[u32; 6]> = None;
    for &root in &ring_atoms {
        let complete = walk.from(root, 3, 7, &mut |cycle| {
            let size = cycle.len();
            found.sizes[size] = true;
            found.hetero[size] |= any_hetero && cycle.iter().any(|&a| hetero(a));
            if let Ok(mut set) = <[u32; 6]>::try_from(cycle)
                && !found.many_six
            {
                set.sort_unstable();
                found.many_six = *first_six.get_or_insert(set) != set;
            }
            // In a cage there may be very many: stop when no more can be learnt.
            found.many_six && (3..=7).all(|n| found.sizes[n] && (found.hetero[n] || !any_hetero))
        });
        if complete {
            break;
        }
    }
    walk.any_bond = false;
    found.large = atoms(false).iter().any(|&root| walk.from(root, 8, 14, &mut |_| true));
    found
}

/// Depth-first walks that return to where they began.
struct Walk<'m> {
    mol: &'m Molecule,
    /// Walk bonds that are in no ring too.
    any_bond: bool,
    on_path: Vec<bool>,
    /// Steps back to the root through atoms after it, where fewer than the longest walk.
    distance: Vec<u8>,
    path: Vec<u32>,
    queue: Vec<u32>,
}

impl<'m> Walk<'m> {
    fn new(mol: &'m Molecule, any_bond: bool) -> Self {
        let n = mol.atoms().len();
        let (on_path, distance) = (vec![false; n], vec![u8::MAX; n]);
        Self { mol, any_bond, on_path, distance, path: Vec::with_capacity(14), queue: Vec::new() }
    }

    /// Offers the cycles of `least` to `most` atoms whose lowest atom is `root` to `accept` until
    /// it says true. Each comes twice, once a direction.
    fn from(
        &mut self,
        root: u32,
        least: usize,
        most: usize,
        accept: &mut impl FnMut(&[u32]) -> bool,
    ) -> bool {
        self.measure(root, most);
        let done = self.step(root, least, most, accept);
        self.on_path[root as usize] = false;
        self.path.clear();
        for &atom in &self.queue {
            self.on_path[atom as usize] = false;
            self.distance[atom as usize] = u8::MAX;
        }
        done
    }

    fn may_walk(&self, bond: u32) -> bool {
        self.any_bond || self.mol.bonds()[bond as usize].in_ring
    }

    /// Breadth-first distances from `root`, as far as half of the longest cycle.
    fn measure(&mut self, root: u32, most: usize) {
        self.queue.clear();
        self.queue.push(root);
        self.distance[root as usize] = 0;
        let mut head = 0;
        while let Some(&atom) = self.queue.get(head) {
            head += 1;
            let next = self.distance[atom as usize] + 1;
            if usize::from(next) > most / 2 {
                break;
            }
            for n in self.mol.neighbors(atom as usize) {
                let at = n.atom as usize;
                if n.atom > root && self.distance[at] == u8::MAX && self.may_walk(n.bond) {
                    self.distance[at] = next;
                    self.queue.push(n.atom);
                }
            }
        }
    }

    /// Recursion is as deep as the path is long: at most 14.
    fn step(
        &mut self,
        atom: u32,
        least: usize,
        most: usize,
        accept: &mut impl FnMut(&[u32]) -> bool,
    ) -> bool {
        self.path.push(atom);
        self.on_path[atom as usize] = true;
        let mol = self.mol;
        for n in mol.neighbors(atom as usize) {
            let at = n.atom as usize;
            if !self.may_walk(n.bond) {
                continue;
            }
            let length = self.path.len();
            if n.atom == self.path[0] {
                if length >= least.max(3) && accept(&self.path) {
                    return true;
                }
            } else if !self.on_path[at]
                && length + usize::from(self.distance[at]) <= most
                && self.step(n.atom, least, most, accept)
            {
                return true;
            }
        }
        self.on_path[atom as usize] = false;
        self.path.pop();
        false
    }
}
