"""Writes src/features/isotopes.rs: RDKit's isotope masses as Morgan's invariants see them.

Run: target/venv/oracle/bin/python tests/oracle/isotope_table.py > src/features/isotopes.rs
"""

from rdkit import Chem, rdBase

table = Chem.GetPeriodicTable()

print(f"""//! How far an isotope's mass is from its element's average, as RDKit's Morgan invariants take it.
//!
//! Written by `tests/oracle/isotope_table.py` from RDKit {rdBase.rdkitVersion}; do not edit.

/// `(mass of the isotope − average atomic weight)` in dalton, truncated towards zero, as in RDKit's
/// `getConnectivityInvariants`. An isotope that RDKit does not know weighs its mass number;
/// 0 stands for the natural mixture.
pub(super) fn mass_delta(atomic_number: u8, isotope: u16) -> i32 {{
    let Some((weight, first, deltas)) = ELEMENTS.get(usize::from(atomic_number)) else {{ return 0 }};
    if isotope == 0 || atomic_number == 0 {{
        return 0;
    }}
    let known = isotope.checked_sub(*first).and_then(|i| deltas.get(usize::from(i)));
    match known {{
        Some(&delta) if delta != UNKNOWN => i32::from(delta),
        _ => (f64::from(isotope) - weight) as i32,
    }}
}}

/// Marks an isotope without a tabulated mass between two that have one.
const UNKNOWN: i8 = i8::MIN;

/// For each atomic number: average atomic weight, mass number of the first isotope, and the
/// truncated differences from there on.
#[rustfmt::skip]
const ELEMENTS: &[(f64, u16, &[i8])] = &[
    (0.0, 0, &[]),""")
for z in range(1, 119):
    weight = table.GetAtomicWeight(z)
    deltas = {}
    for isotope in range(1, 500):
        mass = table.GetMassForIsotope(z, isotope)
        if mass > 0:
            deltas[isotope] = int(mass - weight)
    if not deltas:
        print(f"    ({weight!r}, 0, &[]),")
        continue
    first, last = min(deltas), max(deltas)
    row = ", ".join(str(deltas[i]) if i in deltas else "UNKNOWN" for i in range(first, last + 1))
    print(f"    ({weight!r}, {first}, &[{row}]),")
print("];")
