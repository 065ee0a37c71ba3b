//! Molecules as arrays of atoms and bonds.

use super::batch::chmr_batch;
use super::error::chmr_error;
use super::guard::guard;
use super::pointers::{array, exclusive};
use super::status::chmr_status;
use crate::chem::{self, AtomTable, BondOrder, Limits};

/// Kinds of bonds, numbered as in an MDL file.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum chmr_bond_order {
    /// One shared pair.
    Single = 1,
    /// Two shared pairs.
    Double = 2,
    /// Three shared pairs.
    Triple = 3,
    /// Delocalised in an aromatic ring.
    Aromatic = 4,
    /// From a donor, the bond's first atom, to an acceptor.
    Dative = 9,
}

/// Adds one molecule as arrays. Hydrogens may be atoms or be left out: atoms get as many as their
/// charge and bonds leave room for. Stereo is taken from the positions. Whatever the numbers are, a
/// row is added: an unknown element or kind of bond, a bond to an atom that there is not, or a
/// position that is no number makes a row with a status and a reason, which counts atoms and bonds
/// from 0.
///
/// elements: atomic number of each atom, atom_count of them; 0 for a wildcard.
/// charges: formal charge of each atom, atom_count of them; NULL if all are neutral.
/// positions: x, y and z of each atom, Å, 3 * atom_count of them; NULL if none are known.
/// bonds: the two atoms of each bond, counted from 0, 2 * bond_count of them.
/// orders: a chmr_bond_order for each bond, bond_count of them.
///
/// Errors (no row is added): CHMR_STATUS_INVALID_ARGUMENT (a count, a misaligned pointer),
/// CHMR_STATUS_NULL_POINTER.
///
/// Thread rule: while no other thread uses the batch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chmr_batch_add_atoms(
    batch: *mut chmr_batch,
    elements: *const u8,
    charges: *const i8,
    positions: *const f32,
    atom_count: usize,
    bonds: *const u32,
    orders: *const u8,
    bond_count: usize,
    error: *mut chmr_error,
) -> chmr_status {
    guard(error, || {
        let known = |pointer_is_null: bool| if pointer_is_null { 0 } else { atom_count };
        // SAFETY: the header's contract on pointers.
        let (batch, elements, charges, positions, bonds, orders) = unsafe {
            (
                exclusive(batch, "batch")?,
                array(elements, atom_count, "elements")?,
                array(charges, known(charges.is_null()), "charges")?,
                array(positions.cast::<[f32; 3]>(), known(positions.is_null()), "positions")?,
                array(bonds.cast::<[u32; 2]>(), bond_count, "bonds")?,
                array(orders, bond_count, "orders")?,
            )
        };
        match table(elements, charges, positions, bonds, orders) {
            Ok(table) => batch.batch.push_atoms(table),
            Err(refused) => batch.batch.push_refused(refused),
        };
        Ok(())
    })
}

/// A copy of the arrays. Those beyond the limits are not copied to be refused.
fn table(
    elements: &[u8],
    charges: &[i8],
    positions: &[[f32; 3]],
    bonds: &[[u32; 2]],
    orders: &[u8],
) -> Result<AtomTable, chem::Error> {
    let refused = |kind, at, message| Err(chem::Error { kind, position: at, message });
    let limits = Limits::default();
    for (what, n, limit) in
        [("atoms", elements.len(), limits.atoms), ("bonds", bonds.len(), limits.bonds)]
    {
        if n > limit {
            let message = format!("the molecule has {n} {what}, the limit is {limit}");
            return refused(chem::ErrorKind::Limit, None, message);
        }
    }
    let mut kinds = Vec::with_capacity(bonds.len());
    for (i, (&[a, b], &order)) in bonds.iter().zip(orders).enumerate() {
        let Some(order) = bond_order(order) else {
            let message = format!("bond {i} has order {order}; expected a chmr_bond_order");
            return refused(chem::ErrorKind::Unsupported, Some(i), message);
        };
        kinds.push((a, b, order));
    }
    Ok(AtomTable {
        elements: elements.to_vec(),
        charges: charges.to_vec(),
        bonds: kinds,
        positions: positions.to_vec(),
    })
}

fn bond_order(code: u8) -> Option<BondOrder> {
    const KNOWN: [(chmr_bond_order, BondOrder); 5] = [
        (chmr_bond_order::Single, BondOrder::Single),
        (chmr_bond_order::Double, BondOrder::Double),
        (chmr_bond_order::Triple, BondOrder::Triple),
        (chmr_bond_order::Aromatic, BondOrder::Aromatic),
        (chmr_bond_order::Dative, BondOrder::Dative),
    ];
    KNOWN.iter().find(|(known, _)| *known as i32 == i32::from(code)).map(|(_, order)| *order)
}
