//! Element symbols of two letters that the patterns use.

#[rustfmt::skip]
pub(super) const TWO_LETTERS: &[(&str, u8)] = &[
    ("Cl", 17), ("Br", 35), ("Hg", 80), ("Fe", 26), ("As", 33), ("Sb", 51), ("Zn", 30),
    ("Se", 34), ("Te", 52), ("Si", 14), ("Na", 11), ("Ca", 20), ("Ge", 32), ("Ag", 47),
    ("Mg", 12), ("Ba", 56), ("Sr", 38), ("Be", 4), ("Ti", 22), ("Mo", 42), ("Mn", 25),
    ("Ru", 44), ("Pd", 46), ("Ni", 28), ("Cu", 29), ("Au", 79), ("Cd", 48), ("Al", 13),
    ("Ga", 31), ("Sn", 50), ("Rh", 45), ("Tl", 81), ("Bi", 83), ("Nb", 41), ("Li", 3),
    ("Pb", 82), ("Hf", 72), ("Ho", 67),
];
