//! Bonds as a SMILES writes them.

use super::cursor::Cursor;
use crate::chem::error::{Error, ErrorKind};
use chematic_core::{AtomIdx, BondOrder};

/// A bond's symbol, read from left to right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub order: BondOrder,
    /// `<-`: the donor stands on the right.
    pub reversed: bool,
}

impl Written {
    fn plain(order: BondOrder) -> Self {
        Self { order, reversed: false }
    }

    /// `/` or `\`: a direction, but no order.
    pub(super) fn is_direction(self) -> bool {
        matches!(self.order, BondOrder::Up | BondOrder::Down)
    }

    /// The same bond read from right to left.
    pub(super) fn turned(self) -> Self {
        match self.order {
            BondOrder::Up => Self::plain(BondOrder::Down),
            BondOrder::Down => Self::plain(BondOrder::Up),
            BondOrder::Dative => Self { reversed: !self.reversed, ..self },
            _ => self,
        }
    }

    /// First and second atom of the bond from `left` to `right`: that of a dative bond begins at its donor.
    pub(super) fn ends(self, left: AtomIdx, right: AtomIdx) -> (AtomIdx, AtomIdx) {
        if self.reversed { (right, left) } else { (left, right) }
    }
}

/// The next bond symbol, if any.
pub(super) fn bond(text: &mut Cursor<'_>) -> Option<Written> {
    let order = match text.peek()? {
        b'-' if text.eat_word("->") => return Some(Written::plain(BondOrder::Dative)),
        b'<' if text.eat_word("<-") => {
            return Some(Written { order: BondOrder::Dative, reversed: true });
        }
        // Text that went through a language with escapes often has its backslashes doubled; RDKit reads two as one.
        b'\\' if text.eat_word(r"\\") => return Some(Written::plain(BondOrder::Down)),
        b'\\' => BondOrder::Down,
        b'/' => BondOrder::Up,
        b'-' => BondOrder::Single,
        b'=' => BondOrder::Double,
        b'#' => BondOrder::Triple,
        b'$' => BondOrder::Quadruple,
        b':' => BondOrder::Aromatic,
        b'~' => BondOrder::QueryAny,
        _ => return None,
    };
    text.at += 1;
    Some(Written::plain(order))
}

/// The bond of a ring of which `opening` and `closing` give the symbols, read from the atom that opens it, and
/// whether the opening one decides. As in RDKit that is so where it gives an order; an order at the closing one
/// counts before a mere direction. `~` says as little as no symbol.
pub(super) fn of_ring(
    opening: Option<Written>,
    closing: Option<Written>,
) -> (Option<Written>, bool) {
    let said = |bond: &Written| bond.order != BondOrder::QueryAny;
    let opening = opening.filter(said);
    let closing = closing.filter(said).map(Written::turned);
    match (opening, closing) {
        (Some(first), _) if !first.is_direction() => (Some(first), true),
        (first, second) => (second.or(first), false),
    }
}

/// Refuses `~` between two atoms.
pub(super) fn modelled(bond: Option<Written>, at: usize) -> Result<Option<Written>, Error> {
    if bond.is_some_and(|b| b.order == BondOrder::QueryAny) {
        let message = format!(
            "the bond '~' before byte {at} has no place in a molecule; expected - = # $ : / \\ -> or <-"
        );
        return Err(Error::new(ErrorKind::Unsupported, Some(at), message));
    }
    Ok(bond)
}
