"""Answers questions of the fuzz targets, one a line: `smiles HEX` or `molblock HEX`.

An answer is the Morgan fingerprint (radius 2, 1024 bits) and the MACCS keys in hexadecimal, `!` where RDKit
reads nothing, or `?` where the question is outside what the two have in common.
"""

import sys

from rdkit import Chem, RDLogger
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from parity import packed

MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)


def answer(form, text):
    mol = (Chem.MolFromSmiles if form == "smiles" else Chem.MolFromMolBlock)(text)
    if mol is None or mol.GetNumAtoms() == 0:
        return "!"
    if any(a.HasQuery() and a.GetAtomicNum() for a in mol.GetAtoms()) or any(b.HasQuery() for b in mol.GetBonds()):
        return "?"
    return f"{packed(MORGAN.GetFingerprint(mol))} {packed(rdMolDescriptors.GetMACCSKeysFingerprint(mol))}"


def main():
    RDLogger.DisableLog("rdApp.*")
    for line in sys.stdin:
        form, text = line.split()
        try:
            said = answer(form, bytes.fromhex(text).decode())
        except Exception:
            said = "?"
        print(said, flush=True)


if __name__ == "__main__":
    main()
