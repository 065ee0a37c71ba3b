"""Writes tests/golden/fingerprints.csv and tests/golden/refused.smi from RDKit.

Run from the root: target/venv/oracle/bin/python tests/oracle/golden_fingerprints.py

A row holds a SMILES, two random respellings of it, and RDKit's bits for all three (they agree, or
the script stops): Morgan radius 2 in 1024 bits, radius 3 in 2048, radius 5 in 333, and MACCS, as
hexadecimal with the least significant bit first in each byte.
"""

import csv
import pathlib

from parity import packed
from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from smiles import REFUSED, good

GOLDEN = pathlib.Path("tests/golden")
SETTINGS = ((2, 1024), (3, 2048), (5, 333))


def bits(mol):
    generators = [rdFingerprintGenerator.GetMorganGenerator(radius=r, fpSize=b) for r, b in SETTINGS]
    return [packed(g.GetFingerprint(mol)) for g in generators] + [
        packed(rdMolDescriptors.GetMACCSKeysFingerprint(mol))
    ]


def respelt(mol, seed):
    """A random spelling that still means the same to RDKit, or the canonical one."""
    want = bits(mol)
    for text in Chem.MolToRandomSmilesVect(mol, 20, randomSeed=seed):
        again = Chem.MolFromSmiles(text)
        if again is not None and bits(again) == want:
            return text
    return None


def main():
    RDLogger.DisableLog("rdApp.*")
    GOLDEN.mkdir(parents=True, exist_ok=True)
    rows = 0
    with open(GOLDEN / "fingerprints.csv", "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        columns = [f"morgan_r{r}_{b}" for r, b in SETTINGS] + ["maccs"]
        writer.writerow(["smiles", "respelt_a", "respelt_b", *columns])
        for text in good():
            mol = Chem.MolFromSmiles(text)
            assert mol is not None, f"RDKit refuses {text}"
            spelt = [respelt(mol, seed) or text for seed in (7, 11)]
            writer.writerow([text, *spelt, *bits(mol)])
            rows += 1
    with open(GOLDEN / "refused.smi", "w") as out:
        for text in REFUSED.split():
            assert Chem.MolFromSmiles(text) is None, f"RDKit accepts {text}"
            out.write(text + "\n")
    print(f"{rows} molecules, RDKit {rdBase.rdkitVersion}")


if __name__ == "__main__":
    main()
