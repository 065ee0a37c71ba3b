//! Atom symbols and bond types as CTfiles write them.

use super::fields::clip;
use super::table::{Order, TableAtom};
use super::{at, query};
use crate::chem::error::{Error, ErrorKind};
use chematic_core as cc;

/// Symbols that leave the element open. RDKit reads each as an atom of atomic number 0; with
/// `true` it is a query there.
const OPEN: [(&str, bool); 14] = [
    ("*", true),
    ("A", true),
    ("AH", true),
    ("Q", true),
    ("QH", true),
    ("X", true),
    ("XH", true),
    ("M", true),
    ("MH", true),
    ("R", false),
    ("L", false),
    ("LP", false),
    ("Pol", false),
    ("Mod", false),
];

/// Groups of atoms by their kind (Beilstein's and Reaxys' generics), which RDKit reads as an atom
/// of atomic number 0.
#[rustfmt::skip]
const GENERIC: [&str; 34] = [
    "ABC", "ABH", "ACH", "ACY", "AEH", "AEL", "AHC", "AHH", "ALH", "ALK", "AOH", "AOX", "ARH", "ARY",
    "AYH", "AYL", "CAH", "CAL", "CBC", "CBH", "CEH", "CEL", "CHC", "CHH", "CXH", "CXX", "CYC", "CYH",
    "G", "G*", "GH", "GH*", "HAH", "HAR",
];

/// The atom that a symbol stands for.
pub(super) fn atom(name: &str, v3000: bool, line: usize) -> Result<TableAtom, Error> {
    let mut atom = TableAtom::default();
    if let Some(&(symbol, is_query)) = OPEN.iter().find(|(s, _)| *s == name) {
        if v3000 && matches!(symbol, "L" | "LP") {
            return Err(unknown(name, line));
        }
        atom.query = is_query || symbol == "R" && !v3000;
        atom.no_implicit = atom.query;
    } else if let Some(number) = placeholder(name) {
        atom.isotope = number;
    } else if matches!(name, "D" | "T") {
        atom.atomic_number = 1;
        atom.isotope = if name == "D" { 2 } else { 3 };
    } else if GENERIC.contains(&name) {
        atom.query = true;
    } else {
        atom.atomic_number = element(name).ok_or_else(|| unknown(name, line))?;
    }
    Ok(atom)
}

fn unknown(name: &str, line: usize) -> Error {
    at(ErrorKind::Element, line, format!("{:?} is no element", clip(name)))
}

/// `R#`, `R0` to `R99`: the number, 0 where there is none.
fn placeholder(name: &str) -> Option<u16> {
    let rest = name.strip_prefix('R')?;
    if rest == "#" {
        return Some(0);
    }
    // As text, so that `R1a` is one, too, without a number.
    let digit = rest.as_bytes().first().is_some_and(u8::is_ascii_digit);
    (digit && name <= "R99").then(|| rest.parse().unwrap_or(0))
}

/// Atomic number; `CL` is Cl.
pub(super) fn element(name: &str) -> Option<u8> {
    let mut letters = name.chars();
    let name: String = match (letters.next(), letters.next(), letters.next()) {
        (Some(a), b, None) if a.is_ascii_uppercase() => {
            [Some(a), b.map(|b| b.to_ascii_lowercase())].iter().flatten().collect()
        }
        _ => return None,
    };
    cc::Element::from_symbol(&name).map(cc::Element::atomic_number)
}

/// Unpaired electrons for a CTfile's radical number (1 singlet, 2 doublet, 3 triplet).
pub(super) fn radicals(code: i32) -> Option<u32> {
    match code {
        0 => Some(0),
        1 | 3 => Some(2),
        2 => Some(1),
        _ => None,
    }
}

/// The bond order for a CTfile's bond type.
pub(super) fn bond_order(code: u32, v3000: bool, line: usize) -> Result<Order, Error> {
    Ok(match code {
        1 => Order::Single,
        2 => Order::Double,
        3 => Order::Triple,
        4 => Order::Aromatic,
        9 => Order::Dative,
        10 if v3000 => Order::Hydrogen,
        // A choice among orders: the atoms' hydrogens cannot be known.
        5..=7 => return Err(query(line, &format!("bond type {code}"))),
        _ => Order::Unspecified,
    })
}
