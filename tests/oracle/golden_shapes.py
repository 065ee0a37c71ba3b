"""Writes tests/golden/shapes.sdf: conformers, and the shape descriptors that RDKit has for them.

Run: target/venv/oracle/bin/python tests/oracle/golden_shapes.py > tests/golden/shapes.sdf

`values` also serves `cargo xtask shapes`, which compares over many crystal ligands.
"""

import sys

from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem, rdMolDescriptors
from rdkit.Geometry import Point3D

MOLECULES = """
CC(=O)Oc1ccccc1C(=O)O
CN1C=NC2=C1C(=O)N(C(=O)N2C)C
CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O
c1ccccc1
C1CCCCC1
CCO
O=C=O
CC#CC#CC
CC(C)(C)C
C[N+](C)(C)CC(=O)[O-]
CS(C)=O
CS(C)(=O)=O
CSC
CCSSCC
CC(=S)N
CC(=O)SC
OCCS
c1ccsc1
c1ccc2c(c1)sc(=S)[nH]2
C[S+](C)CC(N)C(=O)[O-]
NS(=O)(=O)c1ccc(N)cc1
CP(=O)(O)OC
C[P+](C)(C)C
FC(F)(F)c1ccccc1
ClCCBr
Ic1ccc(O)cc1
OB(O)c1ccccc1
C[Si](C)(C)C
O=[N+]([O-])c1ccccc1
[O-][n+]1ccccc1
NC(=N)N
NC(=N)c1ccccc1
Cc1cc[nH]c1
c1c[nH]cn1
c1cnoc1
Cn1cccc1
NCC(=O)NCC(=O)O
[NH3+]CC(=O)[O-]
CON=C
N=[N+]=NCC
CC(C)=NO
O=c1cc[nH]cc1
OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O
CN1CCC[C@H]1c1cccnc1
CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5
CC12CCC3C(CCC4CC(=O)CCC34C)C1CCC2O
[2H]C([2H])([2H])OC
[13CH3]C(=O)NC
CCN.Cl
CCCCCCCCCCCCCCC(=O)O
"""


def values(mol):
    """RDKit's values of a molecule without hydrogens, in the library's order.

    RDKit rounds autocorrelations to three decimals: those of the molecule a thousandfold enlarged
    are exact enough. Its intrinsic states take hydrogens for neighbours; those of the paper are
    handed to it.
    """
    large = Chem.Mol(mol)
    conformer = large.GetConformer()
    for i, p in enumerate(conformer.GetPositions() * 1000):
        conformer.SetAtomPosition(i, Point3D(*p))
    table = Chem.GetPeriodicTable()
    shells = [2, 10, 18, 36, 54, 86]
    for atom in large.GetAtoms():
        z, degree = atom.GetAtomicNum(), atom.GetDegree()
        shell = 1 + sum(z > last for last in shells)
        free = table.GetNOuterElecs(z) - atom.GetTotalNumHs()
        atom.SetDoubleProp("state", (4 / shell**2 * free + 1) / degree if degree else 0)
    autocorrelation = list(rdMolDescriptors.CalcAUTOCORR3D(large))
    autocorrelation[60:70] = rdMolDescriptors.CalcAUTOCORR3D(large, CustomAtomProperty="state")
    d = rdMolDescriptors
    moments = [d.CalcPMI1, d.CalcPMI2, d.CalcPMI3, d.CalcNPR1, d.CalcNPR2, d.CalcAsphericity]
    moments += [d.CalcEccentricity, d.CalcInertialShapeFactor, d.CalcSpherocityIndex]
    moments += [d.CalcRadiusOfGyration]
    return (
        list(d.GetUSRCAT(mol)) + [v / 1000 for v in autocorrelation] + [f(mol) for f in moments]
    )


def main():
    """Writes the records."""
    RDLogger.DisableLog("rdApp.*")
    for number, smiles in enumerate(MOLECULES.split()):
        mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
        if AllChem.EmbedMolecule(mol, randomSeed=7) != 0:
            sys.exit(f"{smiles} has no conformer")
        # Every third with its hydrogens: they must make no difference.
        if number % 3:
            mol = Chem.RemoveHs(mol)
        mol.SetProp("_Name", smiles)
        text = Chem.MolToMolBlock(mol)
        # As the file has the positions, rounded.
        mol = Chem.MolFromMolBlock(text)
        print(f"{text}>  <SHAPE>")
        print(" ".join(f"{v:.9g}" for v in values(mol)))
        print("\n$$$$")


if __name__ == "__main__":
    main()
