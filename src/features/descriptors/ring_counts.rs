//! Rings by kind, over RDKit's symmetrised smallest set of smallest rings.

use super::Descriptor;
use super::context::Context;
use crate::chem::{BondOrder, Molecule};

pub(super) const LIST: [Descriptor; 13] = [
    d("RingCount", "rings"),
    d("NumAromaticRings", "rings whose bonds are all aromatic"),
    d("NumAliphaticRings", "rings with a bond that is not aromatic"),
    d("NumSaturatedRings", "rings whose bonds are all single and not aromatic"),
    d("NumAromaticCarbocycles", "aromatic rings of carbon alone"),
    d("NumAromaticHeterocycles", "aromatic rings with a hetero atom"),
    d("NumAliphaticCarbocycles", "aliphatic rings of carbon alone"),
    d("NumAliphaticHeterocycles", "aliphatic rings with a hetero atom"),
    d("NumSaturatedCarbocycles", "saturated rings of carbon alone"),
    d("NumSaturatedHeterocycles", "saturated rings with a hetero atom"),
    d("NumHeterocycles", "rings with a hetero atom"),
    d("NumSpiroAtoms", "atoms that are all that two rings share"),
    d("NumBridgeheadAtoms", "ends of the two or more bonds that two rings share"),
];

const fn d(name: &'static str, definition: &'static str) -> Descriptor {
    Descriptor::rdkit(name, definition)
}

/// More rings than this have no pairs compared: cages with thousands of rings.
const PAIR_LIMIT: usize = 1000;

pub(super) fn compute(context: &Context, out: &mut [f64]) {
    out.fill(0.0);
    let mol = context.mol;
    if mol.atoms().iter().all(|a| !a.in_ring) {
        return;
    }
    let rings = mol.rings();
    out[0] = rings.len() as f64;
    let mut ring_bonds: Vec<Vec<u32>> = Vec::with_capacity(rings.len());
    for ring in rings {
        let mut bonds: Vec<u32> = ring
            .iter()
            .zip(ring.iter().cycle().skip(1))
            .filter_map(|(&a, &b)| {
                mol.neighbors(a as usize).iter().find(|nb| nb.atom == b).map(|nb| nb.bond)
            })
            .collect();
        let order = |b: &u32| mol.bonds()[*b as usize].order;
        let aromatic = bonds.iter().all(|b| order(b) == BondOrder::Aromatic);
        let saturated = bonds.iter().all(|b| order(b) == BondOrder::Single);
        let hetero = ring.iter().any(|&a| mol.atoms()[a as usize].atomic_number != 6);
        let mut add = |slot: usize| out[slot] += 1.0;
        add(if aromatic { 1 } else { 2 });
        add(match (aromatic, hetero) {
            (true, false) => 4,
            (true, true) => 5,
            (false, false) => 6,
            (false, true) => 7,
        });
        if saturated {
            add(3);
            add(if hetero { 9 } else { 8 });
        }
        if hetero {
            add(10);
        }
        bonds.sort_unstable();
        ring_bonds.push(bonds);
    }
    if rings.len() > PAIR_LIMIT {
        out[11] = f64::NAN;
        out[12] = f64::NAN;
        return;
    }
    (out[11], out[12]) = shared_atoms(mol, rings, &ring_bonds);
}

/// Spiro and bridgehead atoms.
fn shared_atoms(mol: &Molecule, rings: &[Vec<u32>], ring_bonds: &[Vec<u32>]) -> (f64, f64) {
    let n = mol.atoms().len();
    let mut spiro = vec![false; n];
    let mut bridgehead = vec![false; n];
    let mut member = vec![false; n];
    let mut ends = vec![0u8; n];
    for (i, ring) in rings.iter().enumerate() {
        ring.iter().for_each(|&a| member[a as usize] = true);
        for (j, other) in rings.iter().enumerate().skip(i + 1) {
            let mut common = other.iter().filter(|&&a| member[a as usize]);
            if let (Some(&only), None) = (common.next(), common.next()) {
                spiro[only as usize] = true;
                continue;
            }
            let shared: Vec<u32> = ring_bonds[j]
                .iter()
                .filter(|b| ring_bonds[i].binary_search(b).is_ok())
                .copied()
                .collect();
            if shared.len() < 2 {
                continue;
            }
            let atoms = || {
                shared.iter().flat_map(|&b| {
                    let bond = &mol.bonds()[b as usize];
                    [bond.begin as usize, bond.end as usize]
                })
            };
            atoms().for_each(|a| ends[a] += 1);
            atoms().filter(|&a| ends[a] == 1).for_each(|a| bridgehead[a] = true);
            atoms().for_each(|a| ends[a] = 0);
        }
        ring.iter().for_each(|&a| member[a as usize] = false);
    }
    let count = |set: &[bool]| set.iter().filter(|&&x| x).count() as f64;
    (count(&spiro), count(&bridgehead))
}
