"""Writes tests/golden/graph_codes.csv: the codes of docs/graph-network.md from RDKit's molecules, and walks from numpy.

One row a molecule: SMILES; atoms as eight codes each; bonds as `from-to` with four codes, sorted; walks of each atom, 16
probabilities of six digits.

    python tests/oracle/golden_graph_codes.py
"""

import csv
import pathlib

import numpy
from rdkit import Chem

ROOT = pathlib.Path(__file__).parent.parent
HYBRIDISATION = ["SP", "SP2", "SP3", "SP3D", "SP3D2"]
BOND = ["SINGLE", "DOUBLE", "TRIPLE", "AROMATIC"]
STEREO = {"STEREOZ": 1, "STEREOE": 2}


def index(known, value):
    return known.index(value) if value in known else len(known)


def ring(size):
    return 0 if size == 0 else min(size, 9) - 2


def atom(a, rings):
    return [
        min(a.GetAtomicNum(), 99),
        min(a.GetTotalDegree(), 6),
        min(max(a.GetFormalCharge(), -3), 3) + 3,
        min(a.GetTotalNumHs(), 4),
        index(HYBRIDISATION, str(a.GetHybridization())),
        int(a.GetIsAromatic()),
        min(sum(b.IsInRing() for b in a.GetBonds()), 4),
        ring(rings.MinAtomRingSize(a.GetIdx())),
    ]


def bond(b, rings):
    ends = sorted([b.GetBeginAtomIdx(), b.GetEndAtomIdx()])
    return ends, [
        index(BOND, str(b.GetBondType())),
        int(b.GetIsConjugated()),
        ring(rings.MinBondRingSize(b.GetIdx())),
        STEREO.get(str(b.GetStereo()), 0),
    ]


def walks(mol):
    adjacency = numpy.zeros((mol.GetNumAtoms(), mol.GetNumAtoms()))
    for b in mol.GetBonds():
        i, j = b.GetBeginAtomIdx(), b.GetEndAtomIdx()
        adjacency[i, j] = adjacency[j, i] = 1
    step = adjacency / numpy.maximum(adjacency.sum(1, keepdims=True), 1)
    power, back = numpy.eye(len(step)), []
    for _ in range(16):
        power = power @ step
        back.append(numpy.diag(power))
    return numpy.stack(back, 1)


def text(numbers):
    return " ".join(map(str, numbers))


# Beside the molecules of the fingerprints: rings of every size, fused, spiro and bridged, cages, metals, charges, radicals.
MORE = """C1CCCCCCC1 C1CCCCCCCC1 C1CCCCCCCCCCC1 C1CC2CC1C2 C12C3C4C1C5C2C3C45 C1CC11CC1 C1CCC2(CC1)CCCC2
c1ccc2cc3ccccc3cc2c1 C1=CC=CC=CC=C1 OC(=O)C=CC(O)=O OC(=O)/C=C/C(O)=O OC(=O)/C=C\\C(O)=O [CH3] [CH2]C [O-][N+](=O)c1ccccc1
CS(=O)(=O)C P(F)(F)(F)(F)F FS(F)(F)(F)(F)F [Fe+2] [Na+].[Cl-] N#CC#N C=C=C CC#C O=C=O [NH4+] [Cu+2].[O-]C(C)=O *CC* [2H]C([2H])[2H]
c1cc[nH]c1 c1ccoc1 c1ccc2[nH]ccc2c1 C1CC2CCC1CC2 B1OCCO1 [SiH3][SiH3] CN(C)C=O NC(=O)c1ccccc1 C[N+](C)(C)CC([O-])=O
C1CCCC2CCCCC12 C1CC1C1CC1 C1COCCOCCOCCOCCOCCO1 C12CCC(CC1)C2 CC(=O)O[Pt](N)(N)OC(C)=O [Co-3](C#N)(C#N)(C#N)(C#N)(C#N)C#N
N->[Pt](<-N)(Cl)Cl O=[Xe](=O)=O [Sn](C)(C)(C)C C/C=C\\C C/C=C/C=C/C F/C(Cl)=C(F)/Cl""".split()

with open(ROOT / "golden" / "fingerprints.csv") as f:
    spelt = [row[0] for row in csv.reader(f)][1:]
with open(ROOT / "golden" / "graph_codes.csv", "w") as f:
    f.write("smiles,atoms,bonds,walks\n")
    for smiles in spelt + MORE:
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            print("RDKit refuses", smiles)
            continue
        rings = mol.GetRingInfo()
        atoms = ";".join(text(atom(a, rings)) for a in mol.GetAtoms())
        found = sorted(bond(b, rings) for b in mol.GetBonds())
        bonds = ";".join(text(ends + codes) for ends, codes in found)
        # Those of the molecules above are enough.
        back = ";".join(" ".join(f"{v:.6f}" for v in row) for row in walks(mol)) if smiles in MORE else ""
        f.write(f"{smiles},{atoms},{bonds},{back}\n")
