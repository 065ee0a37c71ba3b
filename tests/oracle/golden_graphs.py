"""Writes tests/golden/graphs.csv: RDKit's molecules in the encoding of the Open Graph Benchmark.

The lists below are those of the encoding (`ogb.utils.features`); what a list lacks maps to its last
index. One row a molecule: SMILES; atoms as nine indices each; bonds as `from-to` with three indices,
sorted.

    python tests/oracle/golden_graphs.py
"""

import csv
import pathlib

from rdkit import Chem

ROOT = pathlib.Path(__file__).parent.parent
CHIRALITY = ["CHI_UNSPECIFIED", "CHI_TETRAHEDRAL_CW", "CHI_TETRAHEDRAL_CCW", "CHI_OTHER"]
HYBRIDIZATION = ["SP", "SP2", "SP3", "SP3D", "SP3D2"]
BOND = ["SINGLE", "DOUBLE", "TRIPLE", "AROMATIC"]
STEREO = ["STEREONONE", "STEREOZ", "STEREOE", "STEREOCIS", "STEREOTRANS", "STEREOANY"]


def index(known, value):
    known = list(known)
    return known.index(value) if value in known else len(known)


def atom(a):
    return [
        index(range(1, 119), a.GetAtomicNum()),
        index(CHIRALITY, str(a.GetChiralTag())),
        index(range(11), a.GetTotalDegree()),
        index(range(-5, 6), a.GetFormalCharge()),
        index(range(9), a.GetTotalNumHs()),
        index(range(5), a.GetNumRadicalElectrons()),
        index(HYBRIDIZATION, str(a.GetHybridization())),
        int(a.GetIsAromatic()),
        int(a.IsInRing()),
    ]


def bond(b):
    ends = sorted([b.GetBeginAtomIdx(), b.GetEndAtomIdx()])
    features = [
        index(BOND, str(b.GetBondType())),
        STEREO.index(str(b.GetStereo())),
        int(b.GetIsConjugated()),
    ]
    return ends, features


def text(numbers):
    return " ".join(map(str, numbers))


with open(ROOT / "golden" / "fingerprints.csv") as f:
    spelt = [row[0] for row in csv.reader(f)][1:]
with open(ROOT / "golden" / "graphs.csv", "w") as f:
    f.write("smiles,atoms,bonds\n")
    for smiles in spelt:
        mol = Chem.MolFromSmiles(smiles)
        atoms = ";".join(text(atom(a)) for a in mol.GetAtoms())
        bonds = ";".join(text(ends + features) for ends, features in sorted(map(bond, mol.GetBonds())))
        f.write(f"{smiles},{atoms},{bonds}\n")
