//! S-groups: abbreviations, data and repeating units. Few change the structure; some keep a hydrogen.

use super::fields::{integer, natural};
use super::graph::Graph;
use super::table::{Order, Table, TableBond};
use super::{at, query};
use crate::chem::error::{Error, ErrorKind};

/// An S-group, as far as the structure depends on it.
#[derive(Clone, Debug, Default)]
pub(in crate::chem) struct Group {
    /// Number in the file.
    pub number: i32,
    /// `SUP`, `DAT`, `SRU`…
    pub kind: String,
    /// Member atoms.
    pub atoms: Vec<u32>,
    /// Bonds that leave it or lie in it.
    pub bonds: Vec<u32>,
    /// Atoms by which it is attached.
    pub attached_by: Vec<u32>,
    /// Bonds with a display vector.
    pub states: Vec<u32>,
    /// Name of the data field.
    pub field: String,
    /// Query type of a data field.
    pub query: String,
    /// The data.
    pub data: Vec<String>,
    /// Line of the file, from 1, for messages.
    pub line: usize,
}

impl Group {
    /// Adds a bond with a display vector, which must be one that leaves the group.
    pub(super) fn add_state(
        &mut self,
        bond: u32,
        table: &[TableBond],
        line: usize,
    ) -> Result<(), Error> {
        let TableBond { begin, end, .. } = table[bond as usize];
        let inside = [begin, end].iter().filter(|e| self.atoms.contains(e)).count();
        if !self.bonds.contains(&bond) || inside != 1 {
            let message = format!("bond {} does not leave its S-group", bond + 1);
            return Err(at(ErrorKind::Syntax, line, message));
        }
        self.states.push(bond);
        Ok(())
    }
}

/// The kinds there are.
const KINDS: [&str; 15] = [
    "SRU", "MON", "COP", "CRO", "GRA", "MOD", "MER", "ANY", "COM", "MIX", "FOR", "SUP", "MUL",
    "DAT", "GEN",
];

/// Refuses a kind that does not exist.
pub(super) fn check_kind(kind: &str, line: usize) -> Result<(), Error> {
    if KINDS.contains(&kind) {
        return Ok(());
    }
    let message = format!("S-group type {kind:?}; expected one of {}", KINDS.join(", "));
    Err(at(ErrorKind::Syntax, line, message))
}

/// Refuses a subtype that does not exist.
pub(super) fn check_subtype(kind: &str, line: usize) -> Result<(), Error> {
    if matches!(kind, "ALT" | "RAN" | "BLO") {
        return Ok(());
    }
    let message = format!("S-group subtype {kind:?}; expected ALT, RAN or BLO");
    Err(at(ErrorKind::Syntax, line, message))
}

/// Refuses a connection that does not exist.
pub(super) fn check_connection(kind: &str, line: usize) -> Result<(), Error> {
    if matches!(kind, "HH" | "HT" | "EU") {
        return Ok(());
    }
    let message = format!("S-group connection {kind:?}; expected HH, HT or EU");
    Err(at(ErrorKind::Syntax, line, message))
}

/// Applies the data fields by which programs write what CTfiles have no place for: hydrogens of
/// aromatic atoms, coordinate and zero-order bonds, charges and hydrogens beside those. The groups
/// of these fields are gone afterwards.
pub(super) fn apply(table: &mut Table, graph: &Graph) -> Result<(), Error> {
    let mut groups = std::mem::take(&mut table.groups);
    groups.sort_by_key(|g| g.number);
    for group in groups {
        if group.kind != "DAT" {
            table.groups.push(group);
            continue;
        }
        match group.field.as_str() {
            "MRV_COORDINATE_BOND_TYPE" => coordinate_bond(table, &group)?,
            "MRV_IMPLICIT_H" => hydrogens_of_aromatic(table, graph, &group)?,
            "ZBO" => {
                for &bond in &group.bonds {
                    table.bonds[bond as usize].order = Order::Zero;
                }
            }
            "ZCH" => {
                for (atom, charge) in values(&group)? {
                    table.atoms[atom as usize].charge = charge;
                }
            }
            "HYD" => {
                for (atom, hydrogens) in values(&group)? {
                    table.atoms[atom as usize].hydrogens = hydrogens.clamp(0, 255) as u32;
                }
            }
            // A SMARTS pattern constrains the atom that is drawn.
            _ if matches!(group.query.as_str(), "SMARTSQ" | "SQ") => {
                for &atom in &group.atoms {
                    table.atoms[atom as usize].query = true;
                }
            }
            _ => table.groups.push(group),
        }
    }
    Ok(())
}

/// The data is the number of a bond of type "any".
fn coordinate_bond(table: &mut Table, group: &Group) -> Result<(), Error> {
    let Some(data) = group.data.first() else { return Ok(()) };
    let number = natural(data, group.line, "number of the coordinate bond")? as usize;
    let bond = number.checked_sub(1).and_then(|i| table.bonds.get_mut(i));
    if let Some(bond) = bond.filter(|b| b.order == Order::Unspecified) {
        bond.order = Order::Dative;
    }
    Ok(())
}

/// `IMPL_H1`: the members have one hydrogen each.
fn hydrogens_of_aromatic(table: &mut Table, graph: &Graph, group: &Group) -> Result<(), Error> {
    for data in &group.data {
        let Some(count) = data.strip_prefix("IMPL_H") else { continue };
        let count = integer(count, group.line, "number of hydrogens")?.clamp(0, 255) as u32;
        for &atom in &group.atoms {
            if graph.is_aromatic(table, atom) {
                table.atoms[atom as usize].hydrogens = count;
            }
        }
    }
    Ok(())
}

/// One number a member atom, separated by semicolons; blank means 0.
fn values(group: &Group) -> Result<Vec<(u32, i32)>, Error> {
    let mut out = Vec::new();
    for data in &group.data {
        let numbers: Vec<&str> = data.trim().split(';').collect();
        if numbers.len() < group.atoms.len() {
            continue;
        }
        for (&atom, number) in group.atoms.iter().zip(numbers) {
            out.push((atom, integer(number, group.line, "value of a data group")?));
        }
    }
    Ok(out)
}

/// Bonds of type "any" are coordinate bonds where a metal (or a hydrogen that bridges) is at one end.
/// Elsewhere they are a query.
pub(super) fn check_unspecified(table: &Table) -> Result<(), Error> {
    let takes_part = |atom: u32| {
        let z = table.atoms[atom as usize].atomic_number;
        z <= 1 || super::elements::is_metal(z)
    };
    for bond in table.bonds.iter().filter(|b| b.order == Order::Unspecified) {
        if !takes_part(bond.begin) && !takes_part(bond.end) {
            let what = "a bond between non-metals that is neither single, double, triple, aromatic \
                        nor dative";
            return Err(query(bond.line, what));
        }
    }
    Ok(())
}
