"""SMILES of macrocycles through furans, thiophenes and other aromatic rings, for `parity.py`.

usage: macrocycles.py FOLDER [--seed N] [--count N]

RDKit puts together chains of aromatic rings and spacers, closes them to a large ring, and writes each molecule
twice in a random order of its atoms: as it stands, and with the single bonds between aromatic rings left
unwritten, which a reader then has to tell from aromatic ones.
"""

import argparse
import gzip
import pathlib
import random

from rdkit import Chem, RDLogger

# Each is entered at the first dummy and left at the second.
RINGS = """
[1*]c1ccc([2*])o1 [1*]c1ccc([2*])s1 [1*]c1coc([2*])n1 [1*]c1csc([2*])n1 [1*]c1oc([2*])cn1
[1*]c1cc([2*])co1 [1*]c1cc([2*])cs1 [1*]c1ccc([2*])[nH]1 [1*]c1cccc([2*])n1 [1*]c1cccc([2*])c1
[1*]c1nnc([2*])o1 [1*]c1oc([2*])c2ccccc12 [1*]c1ccc([2*])c2occc12 [1*]c1sc([2*])c(C)c1
[1*]c1c(C)oc([2*])c1 [1*]c1ccc([2*])cc1 [1*]c1oc2ccccc2c1[2*]
""".split()
SPACERS = """
[1*]C[2*] [1*]CC[2*] [1*]CCCC[2*] [1*]C(C)(C)[2*] [1*]C(=O)[2*] [1*]C=C[2*] [1*]NC(=O)[2*] [1*]O[2*] [1*]S[2*]
[1*]N[2*] [1*]C(O)C[2*] [1*]COC[2*] [1*]CNC(=O)C(C)C[2*] [1*]=C[2*]
""".split()


def joined(dice):
    """The parts of one ring, each bound to the next; `None` where RDKit refuses it."""
    parts = []
    for _ in range(dice.randint(2, 5)):
        parts.append(dice.choice(RINGS))
        if dice.random() < 0.5:
            parts.append(dice.choice(SPACERS))
    molecule = Chem.RWMol()
    ends = []
    for part in parts:
        offset = molecule.GetNumAtoms()
        piece = Chem.MolFromSmiles(part.replace("=C[2*]", "C[2*]"))
        molecule.InsertMol(piece)
        ends.append([
            next(a for a in molecule.GetAtoms() if a.GetIdx() >= offset and a.GetIsotope() == i).GetIdx()
            for i in (1, 2)
        ])
    for (_, out), (into, _) in zip(ends, ends[1:] + ends[:1]):
        neighbors = [molecule.GetAtomWithIdx(i).GetNeighbors()[0].GetIdx() for i in (out, into)]
        if neighbors[0] == neighbors[1] or molecule.GetBondBetweenAtoms(*neighbors):
            return None
        molecule.AddBond(*neighbors, Chem.BondType.SINGLE)
    for dummy in sorted((i for pair in ends for i in pair), reverse=True):
        molecule.RemoveAtom(dummy)
    return Chem.MolFromSmiles(Chem.MolToSmiles(molecule))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    options = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    dice = random.Random(options.seed)
    texts = {}
    while len(texts) < options.count:
        molecule = joined(dice)
        if molecule is None:
            continue
        text = Chem.MolToRandomSmilesVect(molecule, 1, randomSeed=dice.randrange(1 << 30))[0]
        texts[text] = None
        texts[text.replace("-c", "c").replace("-1", "1").replace("-2", "2").replace("-3", "3")] = None
        texts[Chem.MolToSmiles(molecule, kekuleSmiles=True)] = None
    options.folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(options.folder / "macrocycles.smi.gz", "wt") as out:
        out.write("".join(f"{t}\n" for t in texts))


if __name__ == "__main__":
    main()
