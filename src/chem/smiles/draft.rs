//! The graph under construction, and what an extension changes of it.

use super::bond::Written;
use super::geometry::Centre;
use crate::chem::error::{Error, ErrorKind};
use crate::chem::molecule::Conformer;
use chematic_core as cc;
use chematic_core::{AtomIdx, BondIdx, BondOrder};

/// Stands in a neighbour order for the far end of a ring that is not closed yet.
const WAITING: u32 = u32::MAX - 7;

/// A molecule as its SMILES is read: bonds have the numbers that extensions use.
pub(super) struct Draft {
    builder: cc::MoleculeBuilder,
    bonds: Vec<(AtomIdx, AtomIdx, BondOrder)>,
    /// Each chiral atom with its neighbours in the order of the text, ascending by atom.
    orders: Vec<(AtomIdx, Vec<u32>)>,
    /// Bonds that close rings, and whether they begin at the atom that opened the ring.
    rings: Vec<(BondIdx, Option<bool>)>,
    /// Aromatic bonds with a direction.
    stashed: Vec<BondIdx>,
}

impl Draft {
    pub(super) fn new(atoms: usize) -> Self {
        Self {
            builder: cc::MoleculeBuilder::with_capacity(atoms, atoms),
            bonds: Vec::with_capacity(atoms),
            orders: Vec::new(),
            rings: Vec::new(),
            stashed: Vec::new(),
        }
    }

    pub(super) fn atoms(&self) -> usize {
        self.builder.atom_count()
    }

    pub(super) fn bonds(&self) -> usize {
        self.bonds.len()
    }

    pub(super) fn atom(&self, atom: usize) -> &cc::Atom {
        self.builder.atom_at(AtomIdx(atom as u32))
    }

    /// Ends and order of a bond.
    pub(super) fn bond(&self, bond: usize) -> (AtomIdx, AtomIdx, BondOrder) {
        self.bonds[bond]
    }

    /// Bonds and atoms around `atom`.
    pub(super) fn around(&self, atom: AtomIdx) -> impl Iterator<Item = (BondIdx, AtomIdx)> + '_ {
        self.builder.atom_neighbors(atom)
    }

    /// Whether the SMILES gives `bond` a direction.
    pub(super) fn has_direction(&self, bond: BondIdx) -> bool {
        matches!(self.bond(bond.0 as usize).2, BondOrder::Up | BondOrder::Down)
            || self.stashed.contains(&bond)
    }

    /// A direction read from first to second atom of `bond`, as read towards `end`; and the other way round.
    pub(super) fn towards(&self, bond: BondIdx, end: AtomIdx, direction: BondOrder) -> BondOrder {
        match (self.bond(bond.0 as usize).1 == end, direction) {
            (true, direction) => direction,
            (false, BondOrder::Up) => BondOrder::Down,
            (false, _) => BondOrder::Up,
        }
    }

    /// Hydrogens of an atom outside brackets with unpaired electrons, of whose bonds some are `dative`; `None` where
    /// it has not so many electrons.
    pub(super) fn hydrogens(
        &self,
        atom: AtomIdx,
        radicals: u32,
        dative: &[(BondIdx, AtomIdx)],
    ) -> Option<u8> {
        let halves: u32 = self
            .around(atom)
            .map(|(bond, _)| {
                let (first, _, order) = self.bond(bond.0 as usize);
                let donor = dative.iter().find(|(b, _)| *b == bond).map(|(_, donor)| *donor);
                let donor = donor.or((order == BondOrder::Dative).then_some(first));
                match (donor, order) {
                    (Some(donor), _) => 2 * u32::from(donor != atom),
                    (None, BondOrder::Aromatic) => 3,
                    (None, order) => 2 * u32::from(order.order_int()),
                }
            })
            .sum();
        let source = self.builder.atom_at(atom);
        let valences = source.element.normal_valences();
        let usual = u32::from(*valences.first()?);
        let mut used = halves.div_ceil(2);
        if source.aromatic {
            // Three aromatic bonds count as four.
            if used > usual && halves <= 2 * usual + 3 {
                used = usual;
            }
            return usual.checked_sub(used + radicals).map(|h| h as u8);
        }
        // Of the halogens, RDKit knows radicals of the usual valence alone.
        let halogen = matches!(source.element.atomic_number(), 9 | 17 | 35 | 53);
        let valences = if halogen { &valences[..1] } else { valences };
        let fits = valences.iter().map(|v| u32::from(*v)).find(|v| *v >= used + radicals)?;
        Some((fits - used - radicals) as u8)
    }

    pub(super) fn add_atom(&mut self, atom: cc::Atom, before: Option<AtomIdx>) -> AtomIdx {
        let chirality = atom.chirality;
        let hydrogen = atom.hydrogen_count.is_some_and(|h| h > 0);
        let new = self.builder.add_atom(atom);
        if chirality != cc::Chirality::None {
            let mut order = Vec::with_capacity(5);
            order.extend(before.map(|b| b.0));
            if chirality.nontetrahedral().is_some() {
                order.push(cc::STEREO_VACANT_SENTINEL);
            }
            order.extend(hydrogen.then_some(cc::STEREO_H_SENTINEL));
            self.orders.push((new, order));
        }
        new
    }

    /// Adds a bond; one that is not written is aromatic between aromatic atoms, else single. `None` where the two
    /// atoms have one already.
    pub(super) fn add_bond(
        &mut self,
        bond: Option<Written>,
        left: AtomIdx,
        right: AtomIdx,
    ) -> Option<BondIdx> {
        let aromatic = self.builder.atom_at(left).aromatic && self.builder.atom_at(right).aromatic;
        let unwritten = if aromatic { BondOrder::Aromatic } else { BondOrder::Single };
        let (first, second) = bond.map_or((left, right), |b| b.ends(left, right));
        // A direction beside an aromatic bond belongs to a double bond next to it.
        let stays_aromatic = aromatic && bond.is_some_and(Written::is_direction);
        let order = match bond {
            Some(b) if !stays_aromatic => b.order,
            _ => unwritten,
        };
        let index = self.builder.add_bond(first, second, order).ok()?;
        if let Some(b) = bond.filter(|_| stays_aromatic) {
            self.builder.set_bond_direction(index, b.order);
            self.builder.set_bond_direction_anchor(index, first);
            self.stashed.push(index);
        }
        self.bonds.push((first, second, order));
        Some(index)
    }

    fn order_of(&mut self, atom: AtomIdx) -> Option<(usize, &mut Vec<u32>)> {
        if self.orders.is_empty() {
            return None;
        }
        let place = self.orders.binary_search_by_key(&atom, |(a, _)| *a).ok()?;
        Some((place, &mut self.orders[place].1))
    }

    /// `neighbor` is the next one of `atom` in the text.
    pub(super) fn note_neighbor(&mut self, atom: AtomIdx, neighbor: AtomIdx) {
        if let Some((_, order)) = self.order_of(atom) {
            order.push(neighbor.0);
        }
    }

    /// The next neighbour of `atom` comes when a ring is closed; gives the place to fill in then.
    pub(super) fn note_open_ring(&mut self, atom: AtomIdx) -> Option<(usize, usize)> {
        let (place, order) = self.order_of(atom)?;
        order.push(WAITING);
        Some((place, order.len() - 1))
    }

    /// Fills in a place of [`note_open_ring`](Self::note_open_ring).
    pub(super) fn resolve(&mut self, waiting: Option<(usize, usize)>, neighbor: AtomIdx) {
        if let Some((place, position)) = waiting {
            self.orders[place].1[position] = neighbor.0;
        }
    }

    /// `bond` closes the ring of a number, the how-manieth to be opened.
    pub(super) fn note_ring(
        &mut self,
        bond: BondIdx,
        ring: (u32, u32),
        from_opening: Option<bool>,
    ) {
        self.builder.set_smiles_ring_closure(bond, ring.0, ring.1);
        self.rings.push((bond, from_opening));
    }

    /// Refuses the counts of hydrogens and bonds that leave RDKit's field for a valence, a signed byte, by the sign.
    pub(super) fn check_hydrogens(&self) -> Result<(), Error> {
        for i in 0..self.atoms() {
            let hydrogens = self.atom(i).hydrogen_count.map_or(0, u32::from);
            // Few atoms have more than the few that any bonds would bring to the bound.
            if hydrogens >= 32 {
                let bonds = self.around(AtomIdx(i as u32)).map(|(b, _)| self.bond(b.0 as usize).2);
                let valence =
                    hydrogens + bonds.map(|order| u32::from(order.order_int())).sum::<u32>();
                if valence as u8 > i8::MAX as u8 {
                    let message =
                        format!("atom {} has a valence of {valence}; expected at most 127", i + 1);
                    return Err(Error::new(ErrorKind::Valence, None, message));
                }
            }
        }
        Ok(())
    }

    /// The graph, with `changes` made to it.
    pub(super) fn build(mut self, changes: &Changes) -> cc::Molecule {
        for &(bond, from_opening) in &self.rings {
            let dative = changes.dative.iter().any(|(b, _)| *b == bond);
            if let Some(from_opening) = from_opening.filter(|_| !dative) {
                self.builder.set_smiles_ring_closure_begins_at_open(bond, from_opening);
            }
        }
        for (atom, order) in &mut self.orders {
            if !changes.achiral.contains(atom) {
                let chirality = self.builder.atom_at(*atom).chirality;
                fit_vacancies(order, chirality);
                self.builder.set_stereo_neighbor_order(*atom, std::mem::take(order));
            }
        }
        for &(atom, hydrogens) in &changes.hydrogens {
            self.builder.set_atom_hydrogen_count(atom, Some(hydrogens));
        }
        let mut molecule = self.builder.build();
        for &atom in &changes.achiral {
            molecule.set_chirality(atom, cc::Chirality::None);
        }
        for &(bond, donor) in &changes.dative {
            molecule.set_dative_bond(bond, donor);
        }
        for &(bond, order) in &changes.directions {
            molecule.set_bond_order(bond, order);
        }
        for (atom, chirality, order) in &changes.centres {
            molecule.set_chirality(*atom, *chirality);
            molecule.set_stereo_neighbor_order(*atom, order.clone());
        }
        molecule
    }
}

/// One or two sites without a ligand stand behind the first ligand, as RDKit counts them; of more, or none, no
/// mark is kept.
fn fit_vacancies(order: &mut Vec<u32>, chirality: cc::Chirality) {
    let Some((class, _)) = chirality.nontetrahedral() else { return };
    let Some(place) = order.iter().position(|&id| id == cc::STEREO_VACANT_SENTINEL) else { return };
    let missing = class.max_nbors().saturating_sub(order.len() - 1);
    match missing {
        1 => {}
        2 => order.insert(place, cc::STEREO_VACANT_SENTINEL),
        _ => {
            order.remove(place);
        }
    }
}

/// What an extension says of the graph.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Bonds that are dative, and their donors.
    pub dative: Vec<(BondIdx, AtomIdx)>,
    /// Atoms with unpaired electrons, and how many.
    pub radicals: Vec<(AtomIdx, u32)>,
    /// Hydrogens of atoms with unpaired electrons.
    pub hydrogens: Vec<(AtomIdx, u8)>,
    /// Atoms whose handedness is not known.
    pub achiral: Vec<AtomIdx>,
    /// Single bonds with a direction, from first to second atom.
    pub directions: Vec<(BondIdx, BondOrder)>,
    /// Stereocentres as drawn.
    pub centres: Vec<Centre>,
    /// Positions of the atoms.
    pub conformer: Option<Conformer>,
}
