"""Compares the shapes that `chmr shape` describes with RDKit's, over the conformers of an SD file.

usage: compare_shapes.py PROGRAM FILE.sdf.gz

Fails unless nearly every conformer agrees in all columns. Prints what differs, family by family.
"""

import csv
import gzip
import math
import subprocess
import sys

from golden_shapes import values
from rdkit import Chem, RDLogger, rdBase

# Positions are f32 in the library: a crystal's may lie a hundred ångström from the origin, where half
# a unit in the last place is 4e-6.
ROUNDING = 2e-5
# Share of the conformers that must agree in every column.
LEAST = 0.995


def differs(name, a, b, deviation, least):
    """Whether two values differ by more than rounding explains; the tolerances of tests/shape.rs."""
    size = 1 + max(abs(a), abs(b))
    if name.endswith("_skewness"):
        return deviation >= 2e-3 and abs(a**3 - b**3) > 40 * ROUNDING / deviation
    if name == "inertial_shape_factor":
        return least >= 0.1 and abs(a - b) > 1e-4 * size
    if name.startswith("usrcat"):
        return abs(a - b) > ROUNDING
    return abs(a - b) > 1e-4 * size


def family(name):
    """The columns that are counted together."""
    if name.startswith("usrcat"):
        return "_".join(name.split("_")[:2])
    return name.rsplit("_", 1)[0] if name.startswith("autocorrelation") else "moments"


def main():
    """Reads both sides."""
    RDLogger.DisableLog("rdApp.*")
    program, path = sys.argv[1:]
    told = subprocess.run([program, "shape", path], stdout=subprocess.PIPE, check=True).stdout
    header, *rows = csv.reader(told.decode().splitlines())
    names = header[3:]
    compared, agreed, absent, wrong, examples = 0, 0, 0, {}, []
    worst = 0.0
    with gzip.open(path) as file:
        for row, mol in zip(rows, Chem.ForwardSDMolSupplier(file), strict=True):
            few = mol is None or sum(a.GetAtomicNum() > 1 for a in mol.GetAtoms()) < 3
            if few or row[2] != "ok":
                absent += 1
                if not few and "drawing" not in row[2]:
                    print(f"{row[0]}: {row[2]}")
                continue
            compared += 1
            ours, theirs = [float(v) for v in row[3:]], values(mol)
            least = theirs[names.index("pmi1")]
            found = {}
            for i, name in enumerate(names):
                deviation = min(ours[i - 1], theirs[i - 1])
                if differs(name, ours[i], theirs[i], deviation, least):
                    found.setdefault(family(name), (name, ours[i], theirs[i]))
                elif not name.endswith("_skewness") and name != "inertial_shape_factor":
                    worst = max(worst, abs(ours[i] - theirs[i]) / (1 + abs(theirs[i])))
            agreed += not found
            for which, (name, a, b) in found.items():
                wrong[which] = wrong.get(which, 0) + 1
                examples.append(f"{row[0]} {row[1]}: {name} {a}, not {b}")
    print(f"RDKit {rdBase.rdkitVersion}: {agreed} of {compared} conformers agree in all {len(names)} columns,")
    print(f"{absent} are no molecules for one side, or have fewer than three heavy atoms")
    print(f"largest difference of what agrees, over 1 + value: {worst:.2g}")
    for which, count in sorted(wrong.items()):
        print(f"  {which}: {count} differ")
    print("\n".join(examples[:20]))
    if math.isclose(compared, 0) or agreed < LEAST * compared:
        sys.exit(1)


main()
