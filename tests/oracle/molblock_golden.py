"""Writes tests/golden/molblocks.sdf: molblocks by RDKit, each with what RDKit reads from it.

usage: molblock_golden.py OUT

Properties of a record: SMILES, MORGAN (radius 2, 1024 bits) and MACCS as hexadecimal, least
significant bit first in each byte, IS3D; or REFUSED where RDKit returns no molecule.
"""

import sys

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import AllChem, rdFingerprintGenerator, rdMolDescriptors

from parity import packed

DRAWN = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "salt": "C[NH3+].[Cl-].O",
    "zwitterion": "C[C@H]([NH3+])C(=O)[O-]",
    "isotopes": "[13CH3]C([2H])O",
    "radical": "C[CH]C",
    "carbene": "C[C]C",
    "alkenes": r"C/C=C/C=C\CO",
    "two centres": "C[C@@H](O)[C@H](F)Cl",
    "ring stereo": "C[C@H]1CC[C@@H](O)CC1",
    "sulfoxide": "C[S@](=O)CC",
    "morphine": "CN1CC[C@]23[C@@H]4[C@H]1Cc1ccc(O)c(O)c1[C@@H]2O[C@H]3[C@@H](O)C=C4",
    "nitro": "c1ccccc1[N+](=O)[O-]",
    "pyrrole": "c1cc[nH]c1",
    "azulene": "c1ccc2cccc2cc1",
    "dative": "N->[Cu+2]",
    "placeholder": "*c1ccccc1",
    "iodane": "CI(Cl)Cl",
    "phosphate": "COP(=O)(O)[O-]",
    "cubane": "C12C3C4C1C5C2C3C45",
}

HEAD = "\n     RDKit          2D\n\n"


def block(atoms, bonds, properties=(), version=" V2000"):
    lines = [f"{len(atoms):3}{len(bonds):3}  0  0  0  0  0  0  0  0999{version}"]
    for i, atom in enumerate(atoms):
        symbol, rest = (atom + (" 0  0",))[:2] if isinstance(atom, tuple) else (atom, " 0  0")
        lines.append(f"{i:10.4f}{i % 2:10.4f}{0:10.4f} {symbol:<3}{rest}")
    lines += ["".join(f"{v:3}" for v in bond) for bond in bonds]
    return HEAD + "\n".join([*lines, *properties, "M  END", ""])


BY_HAND = {
    "old charges": block([("N", " 0  3"), ("C", " 0  5")], [(1, 2, 1, 0)]),
    "charge lines clear old charges": block([("N", " 0  3"), "C"], [(1, 2, 1, 0)], ["M  RAD  1   2   2"]),
    "mass difference": block([("C", " 1  0"), ("Cl", " 2  0")], [(1, 2, 1, 0)]),
    "valence 15 is none": block([("C", " 0  0  0  0  0 15"), "C"], [(1, 2, 1, 0)]),
    "valence 2": block([("C", " 0  0  0  0  0  2"), "C"], [(1, 2, 1, 0)]),
    "deuterium and tritium": block(["D", "C", "T"], [(1, 2, 1, 0), (2, 3, 1, 0)]),
    "capitals": block(["CL", "C"], [(1, 2, 1, 0)]),
    "group numbers": block(["R#", "C", "R2"], [(1, 2, 1, 0), (2, 3, 1, 0)], ["M  RGP  1   1   7"]),
    "aromatic bonds": block(["C"] * 6, [(i + 1, (i + 1) % 6 + 1, 4, 0) for i in range(6)]),
    "crossed": block(["C"] * 4, [(1, 2, 1, 0), (2, 3, 2, 3), (3, 4, 1, 0)]),
    "alias and abbreviation": block(["C", "C"], [(1, 2, 1, 0)], ["A    1", "M  END", "V    2 x"]),
    "lone hydrogen": block(["H"], []),
    "proton": block([("H", " 0  3")], []),
    "hydrogen molecule": block(["H", "H"], [(1, 2, 1, 0)]),
    "short counts line": block(["C", "C"], [(1, 2, 1, 0)]).replace("  0  0  0  0  0  0  0  0999 V2000", ""),
    "pyrrole without its hydrogen": block(["N"] + ["C"] * 4, [(i + 1, (i + 1) % 5 + 1, 4, 0) for i in range(5)]),
    "five bonds": block(["C"] * 6, [(1, i, 1, 0) for i in range(2, 7)]),
    "twice the same bond": block(["C", "C"], [(1, 2, 1, 0), (2, 1, 1, 0)]),
    "bond to itself": block(["C", "C"], [(1, 1, 1, 0)]),
    "no such atom": block(["C", "C"], [(1, 3, 1, 0)]),
    "no such element": block(["Xx", "C"], [(1, 2, 1, 0)]),
    "charge on atom 9": block(["C", "C"], [(1, 2, 1, 0)], ["M  CHG  1   9   1"]),
    "no end": block(["C", "C"], [(1, 2, 1, 0)]).replace("M  END\n", ""),
    "no version": block(["C", "C"], [(1, 2, 1, 0)], version="      "),
}


def records():
    for name, smiles in DRAWN.items():
        mol = Chem.MolFromSmiles(smiles)
        AllChem.Compute2DCoords(mol)
        for version in ("V2000", "V3000"):
            yield f"{name} {version}", Chem.MolToMolBlock(mol, forceV3000=version == "V3000")
    for name in ("zwitterion", "alkenes", "two centres", "ring stereo", "sulfoxide", "morphine"):
        mol = Chem.AddHs(Chem.MolFromSmiles(DRAWN[name]))
        assert AllChem.EmbedMolecule(mol, randomSeed=1) == 0
        yield f"{name} 3D", Chem.MolToMolBlock(mol)
    yield from BY_HAND.items()


def main():
    RDLogger.DisableLog("rdApp.*")
    print("RDKit", rdBase.rdkitVersion)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    with open(sys.argv[1], "w") as out:
        for name, text in records():
            mol = Chem.MolFromMolBlock(text)
            if mol is None:
                facts = {"REFUSED": "1"}
            else:
                facts = {
                    "SMILES": Chem.MolToSmiles(mol),
                    "MORGAN": packed(generator.GetFingerprint(mol)),
                    "MACCS": packed(rdMolDescriptors.GetMACCSKeysFingerprint(mol)),
                    "IS3D": str(int(mol.GetConformer().Is3D())),
                }
            out.write(name + text[text.index("\n") :])
            for key, value in facts.items():
                out.write(f">  <{key}>\n{value}\n\n")
            out.write("$$$$\n")


if __name__ == "__main__":
    main()
