//! Kinds of bonds: every order, in a ring or not, is a bit, and a bond expression a set of such bits.

use super::parse::{BondTest, Expr};
use crate::chem::{Bond, BondOrder};

/// A set of kinds of bonds.
pub(super) type Kinds = u32;

/// The kind of a bond, a set of one.
pub(super) fn kind(bond: &Bond) -> Kinds {
    1 << (2 * bond.order as u32 + u32::from(bond.in_ring))
}

/// The kinds that pass an expression.
pub(super) fn kinds(expr: &Expr<BondTest>) -> Kinds {
    let mut kinds = 0;
    for order in ORDERS {
        for in_ring in [false, true] {
            let bond = Bond { begin: 0, end: 0, order, in_ring };
            if passes(expr, &bond) {
                kinds |= kind(&bond);
            }
        }
    }
    kinds
}

const ORDERS: [BondOrder; 9] = [
    BondOrder::Single,
    BondOrder::Double,
    BondOrder::Triple,
    BondOrder::Quadruple,
    BondOrder::Aromatic,
    BondOrder::Dative,
    BondOrder::Unspecified,
    BondOrder::Zero,
    BondOrder::Hydrogen,
];

fn passes(expr: &Expr<BondTest>, bond: &Bond) -> bool {
    match expr {
        Expr::Is(test) => match test {
            BondTest::Any => true,
            BondTest::Single => bond.order == BondOrder::Single,
            BondTest::Double => bond.order == BondOrder::Double,
            BondTest::Triple => bond.order == BondOrder::Triple,
            BondTest::Aromatic => bond.order == BondOrder::Aromatic,
            BondTest::Ring => bond.in_ring,
            BondTest::SingleOrAromatic => {
                matches!(bond.order, BondOrder::Single | BondOrder::Aromatic)
            }
        },
        Expr::Not(inner) => !passes(inner, bond),
        Expr::All(parts) => parts.iter().all(|p| passes(p, bond)),
        Expr::One(parts) => parts.iter().any(|p| passes(p, bond)),
    }
}
