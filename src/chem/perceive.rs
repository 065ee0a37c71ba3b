//! From the perception library's graph to our [`Molecule`].

use super::bridges;
use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molecule::{Atom, Bond, BondOrder, Conformer, Molecule, Neighbor};
use chematic_core as cc;
use chematic_smiles as cs;

/// Sanitises `source` in RDKit's model and indexes it. `positions`, where given, has one entry an
/// atom of `source`; those of removed hydrogens are dropped.
pub(super) fn perceive(
    source: cc::Molecule,
    conformer: Option<Conformer>,
    limits: &Limits,
) -> Result<Molecule, Error> {
    check_size(&source, limits)?;
    let model = match cs::rdkit_sanitized_model(&source) {
        Ok(model) => model,
        // A second look says more about what is wrong. It must not come first: it knows nothing
        // of bonds to metals, which sanitising makes dative.
        Err(refused) => return Err(first_problem(&source)?.unwrap_or_else(|| unmodelled(refused))),
    };

    let mut index = vec![u32::MAX; source.atom_count()];
    let mut atoms = Vec::with_capacity(source.atom_count());
    for (i, (_, atom)) in source.atoms().enumerate() {
        let Some((aromatic, charge, hydrogens)) = model.atoms[i] else { continue };
        index[i] = atoms.len() as u32;
        atoms.push(Atom {
            atomic_number: if atom.wildcard { 0 } else { atom.element.atomic_number() },
            charge,
            isotope: atom.isotope.unwrap_or(0),
            hydrogens,
            aromatic,
            in_ring: false,
        });
    }
    if atoms.is_empty() {
        return Err(Error::new(ErrorKind::Empty, None, "the molecule has no atoms"));
    }
    let conformer = conformer.map(|c| Conformer {
        positions: c
            .positions
            .iter()
            .zip(&index)
            .filter(|(_, new)| **new != u32::MAX)
            .map(|(p, _)| *p)
            .collect(),
        is_3d: c.is_3d,
    });

    let mut bonds = Vec::with_capacity(source.bond_count());
    let mut source_bonds = Vec::with_capacity(source.bond_count());
    for b in source.rdkit_bond_order() {
        let Some(order) = model.bonds[b.0 as usize] else { continue };
        let entry = source.bond(b);
        source_bonds.push(b);
        bonds.push(Bond {
            begin: index[entry.atom1.0 as usize],
            end: index[entry.atom2.0 as usize],
            // The model calls a quadruple bond of an aromatic ring aromatic; RDKit leaves its order.
            order: match entry.order {
                cc::BondOrder::Quadruple => BondOrder::Quadruple,
                _ => bond_order(order)?,
            },
            in_ring: false,
        });
    }

    let (offsets, adjacency) = adjacency(atoms.len(), &bonds);
    let fragments = mark_rings(&mut atoms, &mut bonds, &offsets, &adjacency);
    let suspects = bridges::suspects(&atoms, &bonds, &offsets, &adjacency);
    let mut renumbered = None;
    if !suspects.is_empty() {
        renumbered = bridges::renumbered(&source, &index, &suspects).map(Box::new);
        if let Some(renumbered) = &renumbered {
            bridges::correct(renumbered, &source_bonds, &mut atoms, &mut bonds)?;
        }
    }
    Ok(Molecule {
        atoms,
        bonds,
        offsets,
        adjacency,
        rings: Default::default(),
        fragments,
        conformer,
        source,
        renumbered,
    })
}

impl Molecule {
    /// The molecule with further bonds, each its two atoms and kind, that share no electrons.
    pub(super) fn with_weak_bonds(
        mut self,
        weak: &[(u32, u32, BondOrder)],
        limits: &Limits,
    ) -> Result<Self, Error> {
        self.bonds.extend(weak.iter().map(|&(begin, end, order)| Bond {
            begin,
            end,
            order,
            in_ring: false,
        }));
        (self.offsets, self.adjacency) = adjacency(self.atoms.len(), &self.bonds);
        if let Some(i) = (0..self.atoms.len()).find(|&i| self.degree(i) > limits.degree) {
            let (n, limit) = (self.degree(i), limits.degree);
            let message =
                format!("the molecule has {n} neighbours of atom {}, the limit is {limit}", i + 1);
            return Err(Error::new(ErrorKind::Limit, None, message));
        }
        self.fragments =
            mark_rings(&mut self.atoms, &mut self.bonds, &self.offsets, &self.adjacency);
        Ok(self)
    }
}

fn check_size(mol: &cc::Molecule, limits: &Limits) -> Result<(), Error> {
    let over = |what: &str, n: usize, limit: usize| {
        let message = format!("the molecule has {n} {what}, the limit is {limit}");
        Err(Error::new(ErrorKind::Limit, None, message))
    };
    let (atoms, bonds) = (mol.atom_count(), mol.bond_count());
    if atoms > limits.atoms {
        return over("atoms", atoms, limits.atoms);
    }
    if bonds > limits.bonds {
        return over("bonds", bonds, limits.bonds);
    }
    if let Some((i, _)) = mol.atoms().find(|(i, _)| mol.degree(*i) > limits.degree) {
        let what = format!("neighbours of atom {}", i.0 + 1);
        return over(&what, mol.degree(i), limits.degree);
    }
    // An upper bound that needs no search: a connected graph has exactly this many, every further
    // fragment one more.
    let rings = (bonds + 1).saturating_sub(atoms);
    if rings > limits.rings {
        return over("independent rings", rings, limits.rings);
    }
    Ok(())
}

fn first_problem(mol: &cc::Molecule) -> Result<Option<Error>, Error> {
    let problems = cs::rdkit_detect_chemistry_problems(mol).map_err(unmodelled)?;
    Ok(problems.into_iter().next().map(|p| {
        let (kind, expected) = match p.kind.as_str() {
            "AtomValenceException" => {
                (ErrorKind::Valence, "use a charge, or fewer bonds, that its element permits")
            }
            _ => (
                ErrorKind::Aromaticity,
                "aromatic atoms need a ring with alternating bonds; a pyrrole-type nitrogen is written [nH]",
            ),
        };
        Error::new(kind, None, format!("{}; {expected}", p.message))
    }))
}

pub(super) fn unmodelled(e: cs::RdkitSmilesError) -> Error {
    match e {
        cs::RdkitSmilesError::Sanitization(message) => {
            Error::new(ErrorKind::Valence, None, message)
        }
        other => Error::new(ErrorKind::Unsupported, None, other.to_string()),
    }
}

pub(super) fn bond_order(order: cc::BondOrder) -> Result<BondOrder, Error> {
    Ok(match order {
        cc::BondOrder::Single | cc::BondOrder::Up | cc::BondOrder::Down => BondOrder::Single,
        cc::BondOrder::Double => BondOrder::Double,
        cc::BondOrder::Triple => BondOrder::Triple,
        cc::BondOrder::Quadruple => BondOrder::Quadruple,
        cc::BondOrder::Aromatic => BondOrder::Aromatic,
        cc::BondOrder::Dative => BondOrder::Dative,
        other => {
            let kind = match other {
                cc::BondOrder::Zero => "zero-order",
                _ => "query",
            };
            let message = format!("a {kind} bond has no place in a molecule");
            return Err(Error::new(ErrorKind::Unsupported, None, message));
        }
    })
}

fn adjacency(atoms: usize, bonds: &[Bond]) -> (Vec<u32>, Vec<Neighbor>) {
    let mut offsets = vec![0u32; atoms + 1];
    for b in bonds {
        offsets[b.begin as usize + 1] += 1;
        offsets[b.end as usize + 1] += 1;
    }
    for i in 0..atoms {
        offsets[i + 1] += offsets[i];
    }
    let mut next = offsets.clone();
    let mut list = vec![Neighbor { atom: 0, bond: 0 }; bonds.len() * 2];
    for (i, b) in bonds.iter().enumerate() {
        for (from, to) in [(b.begin, b.end), (b.end, b.begin)] {
            let slot = &mut next[from as usize];
            list[*slot as usize] = Neighbor { atom: to, bond: i as u32 };
            *slot += 1;
        }
    }
    (offsets, list)
}

/// Marks the atoms and bonds on any cycle (those whose bond is no bridge) and counts the
/// connected parts. Some bonds connect, but close no ring ([`BondOrder::closes_rings`]). One depth-first walk
/// with its own stack: no recursion on hostile input.
fn mark_rings(
    atoms: &mut [Atom],
    bonds: &mut [Bond],
    offsets: &[u32],
    adjacency: &[Neighbor],
) -> u32 {
    const NONE: u32 = u32::MAX;
    let n = atoms.len();
    let mut order = vec![NONE; n];
    let mut low = vec![NONE; n];
    let mut root_of = vec![NONE; n];
    let mut stack: Vec<(u32, u32, u32)> = Vec::new(); // atom, bond it was reached by, next slot
    let (mut clock, mut fragments) = (0, 0);
    for root in 0..n {
        if order[root] != NONE {
            continue;
        }
        fragments += 1;
        stack.push((root as u32, NONE, offsets[root]));
        order[root] = clock;
        low[root] = clock;
        root_of[root] = root as u32;
        clock += 1;
        while let Some((atom, via, slot)) = stack.last_mut() {
            let (a, via_bond) = (*atom as usize, *via);
            if *slot < offsets[a + 1] {
                let Neighbor { atom: to, bond } = adjacency[*slot as usize];
                *slot += 1;
                if bond == via_bond || !bonds[bond as usize].order.closes_rings() {
                    continue;
                }
                let t = to as usize;
                if order[t] == NONE {
                    order[t] = clock;
                    low[t] = clock;
                    root_of[t] = root as u32;
                    clock += 1;
                    stack.push((to, bond, offsets[t]));
                } else {
                    low[a] = low[a].min(order[t]);
                    // A bond to an atom already seen closes a cycle.
                    bonds[bond as usize].in_ring = true;
                }
            } else {
                stack.pop();
                if let Some((parent, _, _)) = stack.last() {
                    let p = *parent as usize;
                    low[p] = low[p].min(low[a]);
                    if low[a] <= order[p] {
                        bonds[via_bond as usize].in_ring = true;
                    }
                }
            }
        }
    }
    for b in bonds.iter().filter(|b| b.in_ring) {
        atoms[b.begin as usize].in_ring = true;
        atoms[b.end as usize].in_ring = true;
    }
    fragments - joined_without_ring(bonds, &mut root_of)
}

/// How many of the parts found without the bonds that close no ring these bonds join. `root_of` names each atom's
/// part by one of its atoms.
fn joined_without_ring(bonds: &[Bond], root_of: &mut [u32]) -> u32 {
    let mut joined = 0;
    for b in bonds.iter().filter(|b| !b.order.closes_rings()) {
        let mut ends = [b.begin, b.end];
        for end in &mut ends {
            while root_of[*end as usize] != *end {
                *end = root_of[*end as usize];
            }
        }
        if ends[0] != ends[1] {
            root_of[ends[0] as usize] = ends[1];
            joined += 1;
        }
    }
    joined
}
