//! Atom symbols as CTfiles write them.

use chematic_core as cc;

/// What an atom symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    /// Atomic number and mass number (0: none).
    Element(u8, u16),
    /// A placeholder for a rest, with its number (0: none).
    Placeholder(u16),
    /// Something that matches atoms.
    Query,
    /// No symbol at all.
    Unknown,
}

/// Reads a symbol.
pub(super) fn symbol(text: &str) -> Symbol {
    match text {
        "*" | "R" | "R#" => return Symbol::Placeholder(0),
        "D" => return Symbol::Element(1, 2),
        "T" => return Symbol::Element(1, 3),
        "A" | "AH" | "Q" | "QH" | "X" | "XH" | "M" | "MH" | "L" | "LP" | "Pol" | "Mod" => {
            return Symbol::Query;
        }
        _ => {}
    }
    if let Some(number) = text.strip_prefix('R').and_then(|n| n.parse::<u16>().ok()) {
        return Symbol::Placeholder(number);
    }
    // RDKit accepts CL for Cl.
    let mut letters = text.chars();
    let element = match (letters.next(), letters.next(), letters.next()) {
        (Some(a), b, None) if a.is_ascii_uppercase() => {
            let name: String =
                [Some(a), b.map(|b| b.to_ascii_lowercase())].iter().flatten().collect();
            cc::Element::from_symbol(&name)
        }
        _ => None,
    };
    element.map_or(Symbol::Unknown, |e| Symbol::Element(e.atomic_number(), 0))
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

/// Mass number of the most common isotope of each element, by atomic number less one (RDKit
/// `GetMostCommonIsotope`; measured data, for the mass difference field of old files).
#[rustfmt::skip]
pub(super) const COMMON_ISOTOPE: [u16; 118] = [
    1, 4, 7, 9, 11, 12, 14, 16, 19, 20, 23, 24, 27, 28, 31, 32,
    35, 40, 39, 40, 45, 48, 51, 52, 55, 56, 59, 58, 63, 64, 69, 74,
    75, 80, 79, 84, 85, 88, 89, 90, 93, 98, 97, 102, 103, 106, 107, 114,
    115, 120, 121, 130, 127, 132, 133, 138, 139, 140, 141, 142, 145, 152, 153, 158,
    159, 164, 165, 166, 169, 174, 175, 180, 181, 184, 187, 192, 193, 195, 197, 202,
    205, 208, 209, 209, 210, 222, 223, 226, 227, 232, 231, 238, 236, 238, 241, 243,
    247, 249, 252, 257, 258, 259, 262, 267, 268, 271, 270, 269, 278, 281, 281, 285,
    284, 289, 288, 293, 292, 294,
];

/// The bond order for a CTfile's bond type; `Err` says why there is none.
pub(super) fn bond_order(code: i32) -> Result<cc::BondOrder, &'static str> {
    Ok(match code {
        1 => cc::BondOrder::Single,
        2 => cc::BondOrder::Double,
        3 => cc::BondOrder::Triple,
        4 => cc::BondOrder::Aromatic,
        9 => cc::BondOrder::Dative,
        0 | 10 => return Err("zero-order and hydrogen bonds are not supported"),
        5..=8 => return Err("a query bond; a query is not a molecule"),
        _ => return Err("expected 1 (single), 2, 3, 4 (aromatic) or 9 (dative)"),
    })
}
