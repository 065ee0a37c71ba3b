"""Prints the atomic weightings of the 3D autocorrelation, relative to carbon, as RDKit has them.

Run: target/venv/oracle/bin/python tests/oracle/shape_table.py > src/features/shape/weights.rs
Then: cargo fmt --all

RDKit rounds its autocorrelations to three decimals; of two atoms a million ångström apart, whose
value is the square of the weight times the distance, that leaves nine.
"""

from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors
from rdkit.Geometry import Point3D

FAR = 1e6
LAST = 110

# Row of RDKit's result, name here, what it is.
WEIGHTS = [
    (1, "MASS", "Atomic mass."),
    (2, "VOLUME", "Van der Waals volume."),
    (3, "ELECTRONEGATIVITY", "Sanderson's electronegativity."),
    (4, "POLARIZABILITY", "Atomic polarizability."),
    (5, "IONIZATION", "First ionization potential."),
    (7, "RADIUS", "Covalent radius."),
]


def weights(z):
    """The eight lag-1 weights of an element."""
    mol = Chem.RWMol()
    for _ in range(2):
        atom = Chem.Atom(z)
        atom.SetNoImplicit(True)
        mol.AddAtom(atom)
    mol.AddBond(0, 1, Chem.BondType.SINGLE)
    conformer = Chem.Conformer(2)
    conformer.Set3D(True)
    conformer.SetAtomPosition(1, Point3D(FAR, 0, 0))
    mol.AddConformer(conformer)
    mol.UpdatePropertyCache(False)
    values = rdMolDescriptors.CalcAUTOCORR3D(mol.GetMol())
    return [(values[10 * row] / FAR) ** 0.5 for row in range(8)]


def main():
    """Writes a Rust file."""
    table = [[0.0] * 8] + [weights(z) for z in range(1, LAST + 1)]
    print("//! Atomic weightings of the 3D autocorrelation, by atomic number, relative to carbon; 0 where there is")
    print("//! none, and for the wildcard.")
    print("//!")
    print(f"//! Written by `tests/oracle/shape_table.py` from RDKit {rdBase.rdkitVersion}; do not edit.")
    print("#![allow(clippy::approx_constant)]")
    for row, name, what in WEIGHTS:
        values = [f"{weights[row]:.4f}".rstrip("0") for weights in table]
        values = [value + "0" if value.endswith(".") else value for value in values]
        print(f"\n/// {what}")
        print("#[rustfmt::skip]")
        print(f"pub(super) const {name}: [f64; {len(values)}] = [")
        for at in range(0, len(values), 10):
            print("    " + ", ".join(values[at : at + 10]) + ",")
        print("];")


main()
