"""Writes training/tests/golden/scaffolds.csv: the Bemis-Murcko scaffold, without stereochemistry, that RDKit
gives the molecules of tests/golden/fingerprints.csv.

    python tests/oracle/golden_scaffolds.py
"""

import csv
import pathlib

from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

ROOT = pathlib.Path(__file__).parent.parent.parent


def main():
    with open(ROOT / "tests/golden/fingerprints.csv", newline="") as file:
        smiles = [row["smiles"] for row in csv.DictReader(file)]
    with open(ROOT / "training/tests/golden/scaffolds.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["smiles", "scaffold"])
        for one in smiles:
            molecule = Chem.MolFromSmiles(one)
            scaffold = MurckoScaffold.GetScaffoldForMol(molecule)
            for atom in scaffold.GetAtoms():
                atom.SetIsotope(0)
            Chem.RemoveStereochemistry(scaffold)
            # Written twice: the first reading may find other hydrogens than the cut left.
            text = Chem.MolToSmiles(scaffold)
            again = Chem.MolFromSmiles(text)
            writer.writerow([one, Chem.MolToSmiles(again) if again else text])


main()
