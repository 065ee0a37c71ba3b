"""Writes tests/golden/descriptors.csv: RDKit's descriptors of molecules chosen for variety.

Run: target/venv/oracle/bin/python tests/oracle/golden_descriptors.py > tests/golden/descriptors.csv

Every molecule has a second SMILES with its atoms in another order, for the test of invariance. An
empty cell is a value that RDKit does not define (an exception, or a number that is not finite).
"""

import csv
import math
import random
import sys

from rdkit import Chem, RDLogger
from rdkit.Chem import Descriptors

MOLECULES = """
C
O
N
[H][H]
[He]
[Na+].[Cl-]
*
*c1ccccc1
[NH4+].[OH-]
[2H]C([2H])([2H])O
[13CH3]C(=O)[O-].[Na+]
[18F]CCO
[11CH3]N
CC
C=C
C#C
CC(C)(C)C
CCCCCCCCCCCC
CC#N
CN=C=O
CN=C=S
CSC#N
N=[N+]=NCC
[N-]=[N+]=C
C1CC1
C1CO1
C1CN1
C1CS1
C1CCC1
CC1(C)CC1
C1CC2CCC1C2
C1C2CC3CC1CC(C2)C3
C12C3C4C1C5C2C3C45
C1CCC2(CC1)CCCCC2
C1CCCCCCCCCCCCCC1
c1ccccc1
c1ccc2ccccc2c1
c1ccc2cc3ccccc3cc2c1
c1cc2ccc3cccc4ccc(c1)c2c34
c1ccoc1
c1ccsc1
c1cc[nH]c1
c1c[nH]cn1
c1cnoc1
c1cscn1
c1cocn1
c1nnn[nH]1
c1ccncc1
c1ccnnc1
c1ncncn1
Cn1cccc1
Cn1ccnc1
c1ccn2cccc2c1
c1ccc2[nH]ccc2c1
[O-][n+]1ccccc1
C[n+]1ccccc1
O=c1cc[nH]cc1
O=C1C=CC(=O)C=C1
O=C1c2ccccc2C(=O)c2ccccc12
[nH+]1ccccc1
[cH-]1cccc1
CS(C)=O
CS(C)(=O)=O
NS(=O)(=O)c1ccccc1
CS(=O)(=O)Cl
COP(=O)(OC)OC
OP(O)(O)=O
CP(C)C
CC(=O)O
CC(=O)[O-]
COC(C)=O
CC(N)=O
CC(=O)NC
CN(C)C(C)=O
O=C1CCCN1
O=C1CCN1
O=C1CCCO1
NC(N)=O
NC(N)=N
CC(N)=[NH2+]
O=C(O)c1ccccc1O
Oc1ccc(O)cc1
Nc1ccccc1
CN(C)c1ccccc1
O=[N+]([O-])c1ccccc1
O=[N+]([O-])c1ccc(Cl)cc1[N+](=O)[O-]
N#Cc1ccccc1
O=Cc1ccccc1
CC(=O)c1ccccc1
c1ccc(-c2ccccc2)cc1
c1ccc(/N=N/c2ccccc2)cc1
CC=NO
CC(C)=NN
NN
OO
CSSC
CC(S)C
CC(=S)N
FC(F)(F)c1ccccc1
ClC(Cl)(Cl)Cl
BrCCBr
ICI
CI
C[Si](C)(C)C
C[Si](C)(C)O[Si](C)(C)C
OB(O)c1ccccc1
C[Se]C
C[As](C)C
[Cu+2].[O-]S(=O)(=O)[O-]
[K+].[I-]
C[Hg]Cl
CC[Sn](CC)(CC)CC
O=[Ti]=O
[Fe]
[CH3]
[O][O]
[N]=O
C[CH2]
[O-][N+]c1ccc(O)c2ncccc12
[CH2]C=C
CC(=O)Oc1ccccc1C(=O)O
CC(C)Cc1ccc(cc1)C(C)C(=O)O
CN1C=NC2=C1C(=O)N(C)C(=O)N2C
CC(=O)Nc1ccc(O)cc1
CN1CCC[C@H]1c1cccnc1
CN1c2ccc(Cl)cc2C(=NCC1=O)c1ccccc1
CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O
CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1
Cc1ccc(cc1Nc1nccc(n1)-c1cccnc1)NC(=O)c1ccc(CN2CCN(C)CC2)cc1
CS(O)(=O)=O.Cc1ccc(cc1Nc1nccc(n1)-c1cccnc1)NC(=O)c1ccc(CN2CCN(C)CC2)cc1
COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1
CC(C)c1c(C(=O)Nc2ccccc2)c(-c2ccccc2)c(-c2ccc(F)cc2)n1CC[C@@H](O)C[C@@H](O)CC(=O)O
COc1ccc2[nH]c(nc2c1)S(=O)Cc1ncc(C)c(OC)c1C
CCOC(=O)C1=C(COCCN)NC(C)=C(C1c1ccccc1Cl)C(=O)OC
C[C@]12CCC3c4ccc(O)cc4CCC3C1CC[C@@H]2O
CC(C)(C)NCC(O)c1ccc(O)c(CO)c1
CN(C)CCCN1c2ccccc2CCc2ccccc21
O=C(O)c1cn(C2CC2)c2cc(N3CCNCC3)c(F)cc2c1=O
NC(=N)NC(=O)c1nc(Cl)c(N)nc1N
CC(=O)N1CCN(CC1)c1ccc(OC[C@H]2CO[C@@](Cn3ccnc3)(O2)c2ccc(Cl)cc2Cl)cc1
CCC(=O)N(C1CCN(CCc2ccccc2)CC1)c1ccccc1
CCC1(CC)C(=O)NC(=O)NC1=O
CN(C)C(=N)NC(=N)N.Cl
Cl.CNCCC(Oc1ccc(cc1)C(F)(F)F)c1ccccc1
CN1C2CCC1CC(C2)OC(=O)C(CO)c1ccccc1
COc1ccc2nccc(C(O)C3CC4CCN3CC4C=C)c2c1
CC1=C2C(OC(=O)C)C(=O)C3(C)C(O)CC4OCC4(OC(C)=O)C3C(OC(=O)c3ccccc3)C(O)(CC1OC(=O)C(O)C(NC(=O)c1ccccc1)c1ccccc1)C2(C)C
CCC1OC(=O)C(C)C(OC2CC(C)(OC)C(O)C(C)O2)C(C)C(OC2OC(C)CC(C2O)N(C)C)C(C)(O)CC(C)C(=O)C(C)C(O)C1(C)O
OCC1OC(OC2(CO)OC(CO)C(O)C2O)C(O)C(O)C1O
NCCCCC(N)C(=O)NC(Cc1ccccc1)C(=O)NCC(=O)O
CC(C)CCCC(C)C1CCC2C3CC=C4CC(O)CCC4(C)C3CCC12C
CCCCCCCCCCCCCCCC(=O)OCC(COP(=O)([O-])OCC[N+](C)(C)C)OC(=O)CCCCCCCCCCCCCCC
Nc1ncnc2c1ncn2C1OC(COP(=O)(O)OP(=O)(O)OP(=O)(O)O)C(O)C1O
OC(=O)CN(CCN(CC(O)=O)CC(O)=O)CC(O)=O
C1COCCOCCOCCOCCOCCO1
O=C1N(COC(=O)c2ccccc2)C(=O)c2ccccc12
CCN(CC)C(=S)SSC(=S)N(CC)CC
Clc1ccc(cc1)C(c1ccc(Cl)cc1)C(Cl)(Cl)Cl
FC(F)(F)C(F)(F)C(F)(F)C(F)(F)C(F)(F)C(F)(F)C(F)(F)C(=O)O
""".split()


def value(function, mol):
    try:
        x = float(function(mol))
    except Exception:  # whatever RDKit throws, there is no value
        return ""
    return f"{x:.10g}" if math.isfinite(x) else ""


def main():
    RDLogger.DisableLog("rdApp.*")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["smiles", "reordered"] + [name for name, _ in Descriptors._descList])
    for smiles in MOLECULES:
        mol = Chem.MolFromSmiles(smiles)
        assert mol is not None, smiles
        order = list(range(mol.GetNumAtoms()))
        random.Random(smiles).shuffle(order)
        reordered = Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)
        writer.writerow([smiles, reordered] + [value(f, mol) for _, f in Descriptors._descList])


if __name__ == "__main__":
    main()
