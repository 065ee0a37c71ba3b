"""Writes tests/golden/molblocks.sdf: molblocks by RDKit, each with what RDKit reads from it.

usage: molblock_golden.py OUT

Properties of a record: SMILES, MORGAN (radius 2, 1024 bits) and MACCS as hexadecimal, least
significant bit first in each byte, IS3D; REFUSED where RDKit returns no molecule, QUERY where it
makes a query that we refuse.
"""

import sys

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import AllChem, rdFingerprintGenerator, rdMolDescriptors

import molblock_corpus
from parity import packed

# Records that are changed at random.
MUTATED = 150

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


def v3000(atoms, bonds, rest=(), begin="BEGIN CTAB", groups=0):
    """A V3000 block of lines without their numbers."""
    rows = [begin, f"COUNTS {len(atoms)} {len(bonds)} {groups} 0 0", "BEGIN ATOM"]
    for i, atom in enumerate(atoms):
        symbol, _, pairs = atom.partition(" ")
        rows.append(f"{i + 1} {symbol} {i * 1.3:.3f} {i % 2 * 0.7:.3f} 0 0 {pairs}".rstrip())
    rows += ["END ATOM", "BEGIN BOND"] if bonds else ["END ATOM"]
    rows += [f"{i + 1} " + " ".join(map(str, bond)) for i, bond in enumerate(bonds)]
    rows += ["END BOND", *rest, "END CTAB"] if bonds else [*rest, "END CTAB"]
    return HEAD + "  0  0  0     0  0            999 V3000\n" + "".join(f"M  V30 {r}\n" for r in rows) + "M  END\n"


def star(centre, ends, properties=(), order=1):
    """One atom in the middle."""
    return block([centre, *ends], [(1, i + 2, order, 0) for i in range(len(ends))], properties)


def ring(atoms, more=(), bonds=(), properties=(), order=4):
    n = len(atoms)
    cycle = [(i + 1, (i + 1) % n + 1, order, 0) for i in range(n)]
    return block([*atoms, *more], [*cycle, *bonds], properties)


def data(field, value, atoms=(1,), kind="DAT"):
    members = "".join(f" {a:3}" for a in atoms)
    return [f"M  STY  1   1 {kind}", f"M  SAL   1{len(atoms):3}{members}", f"M  SDT   1 {field}", f"M  SED   1 {value}"]


ETHANOL, CHAIN = ["C", "C", "O", "H"], [(1, 2, 1, 0), (2, 3, 1, 0), (3, 4, 1, 0)]
SHORT_COUNTS = block(["C", "C"], [(1, 2, 1, 0)])
GROUP = ["BEGIN SGROUP", '1 DAT 0 atoms=(1 1) FIELDNAME=x FIELDDATA="a ""b"""', "END SGROUP"]

# Kinds of files that readers misread.
KINDS = {
    "H of an imine": block(["H", "N", "C", "C", "C"], [(1, 2, 1, 0), (2, 3, 2, 0), (3, 4, 1, 0), (3, 5, 1, 0)]),
    "H of an imine, V3000": v3000(["H", "N", "C", "C"], [(1, 1, 2), (2, 2, 3), (1, 3, 4)]),
    "H of a vinyl chloride": block(["H", "C", "C", "Cl"], [(1, 2, 1, 0), (2, 3, 2, 0), (3, 4, 1, 0)]),
    "H of formaldimine": block(["H", "N", "C", "H", "H"], [(1, 2, 1, 0), (2, 3, 2, 0), (3, 4, 1, 0), (3, 5, 1, 0)]),
    "H of an imine, wavy": block(["H", "N", "C", "C"], [(1, 2, 1, 4), (2, 3, 2, 0), (3, 4, 1, 0)]),
    "H of an imine, crossed": block(["H", "N", "C", "C"], [(1, 2, 1, 0), (2, 3, 2, 3), (3, 4, 1, 0)]),
    "H of an imine in a ring": block(["H", "C", "N", "C", "C"], [(1, 2, 1, 0), (2, 3, 2, 0), (3, 4, 1, 0), (4, 5, 1, 0), (5, 2, 1, 0)]),
    "H in a diene": block(["H", "C", "C", "C", "C", "H"], [(1, 2, 1, 0), (2, 3, 2, 0), (3, 4, 1, 0), (4, 5, 2, 0), (5, 6, 1, 0)]),
    "H on a placeholder": block(["*", "H"], [(1, 2, 1, 0)]),
    "H on deuterium": block(["D", "H"], [(1, 2, 1, 0)]),
    "hydride": block(["Al", ("H", " 0  5")], [(1, 2, 1, 0)]),
    "bridging H": block(["B", "H", "B"], [(1, 2, 1, 0), (2, 3, 1, 0)]),
    "H with a query": block([("H", " 0  0  0  1"), "C"], [(1, 2, 1, 0)]),
    "H bound twice over": block(["C", "H"], [(1, 2, 2, 0)]),
    "H given away": block(["H", "B"], [(1, 2, 9, 0)]),
    "ammonia on platinum": block(["Pt", "Cl", "N", "H", "H", "H"], [(1, 2, 1, 0), (1, 3, 1, 0), (3, 4, 1, 0), (3, 5, 1, 0), (3, 6, 1, 0)]),
    "borenium": star(("B", " 0  3"), ["H"] * 3, ["M  CHG  1   1   1"]),
    "borohydride": star(("B", " 0  5"), ["H"] * 4),
    **{f"{e}H{n}": star(e, ["H"] * n) for e, n in (("P", 5), ("P", 3), ("Sb", 5), ("As", 5), ("S", 4), ("S", 6), ("I", 3), ("N", 4), ("C", 5), ("Si", 4), ("Fe", 2), ("Xe", 2))},
    "five bonds of phosphorus": star("P", ["C", "N", "O", "F", "H"]),
    "phosphine oxide": block(["P", "O", "C", "C", "H"], [(1, 2, 2, 0), (1, 3, 1, 0), (1, 4, 1, 0), (1, 5, 1, 0)]),
    "valence less than drawn": star(("C", " 0  0  0  0  0  1"), ["H", "C"]),
    "valence 3": star(("C", " 0  0  0  0  0  3"), ["H", "C"]),
    "only atom of a group": block(ETHANOL, CHAIN, data("note", "x", (4,))),
    "one of two atoms of a group": block(ETHANOL, CHAIN, data("note", "x", (3, 4))),
    "cap of an abbreviation": block(ETHANOL, CHAIN, ["M  STY  1   1 SUP", "M  SAL   1  2   3   4", "M  SBL   1  1   3", "M  SMT   1 OH"]),
    "bond that leaves a group": block(ETHANOL, CHAIN, ["M  STY  1   1 SUP", "M  SAL   1  2   2   3", "M  SBL   1  1   3", "M  SMT   1 OH"]),
    "attached by an H": block(ETHANOL, CHAIN, ["M  STY  1   1 SUP", "M  SAL   1  2   3   4", "M  SAP   1  1   4   3  1", "M  SMT   1 OH"]),
    "bond with a vector": block(ETHANOL, CHAIN, ["M  STY  1   1 SUP", "M  SAL   1  2   3   4", "M  SBV   1   3    0.1000    0.2000", "M  SMT   1 OH"]),
    "parent of a multiple group": block(ETHANOL, CHAIN, ["M  STY  1   1 MUL", "M  SAL   1  1   3", "M  SPA   1  1   4", "M  SMT   1 2"]),
    "no such type of group": block(ETHANOL, CHAIN, ["M  STY  1   1 XYZ"]),
    "no such member": block(ETHANOL, CHAIN, ["M  STY  1   1 SRU", "M  SAL   1  1   9"]),
    "members missing": block(ETHANOL, CHAIN, ["M  STY  1   1 SRU", "M  SAL   1  2   1"]),
    "pyrrole by ChemAxon": ring(["N"] + ["C"] * 4, properties=data("MRV_IMPLICIT_H", "IMPL_H1")),
    "indole by ChemAxon": block(["N"] + ["C"] * 8, [(1, 2, 4, 0), (2, 3, 4, 0), (3, 4, 4, 0), (4, 5, 4, 0), (5, 6, 4, 0), (6, 7, 4, 0), (7, 8, 4, 0), (8, 9, 4, 0), (9, 1, 4, 0), (9, 4, 4, 0)], data("MRV_IMPLICIT_H", "IMPL_H1")),
    "implicit H without a ring": block(["N", "C"], [(1, 2, 1, 0)], data("MRV_IMPLICIT_H", "IMPL_H1")),
    "pyrrole by ChemAxon, V3000": v3000(["N"] + ["C"] * 4, [(4, i + 1, (i + 1) % 5 + 1) for i in range(5)], ["BEGIN SGROUP", '1 DAT 0 ATOMS=(1 1) FIELDNAME=MRV_IMPLICIT_H FIELDDATA=IMPL_H1', "END SGROUP"], groups=1),
    "coordinate bond by ChemAxon": block(["N", "Pt"], [(1, 2, 8, 0)], data("MRV_COORDINATE_BOND_TYPE", "1", (1, 2))),
    "coordinate bond of another": block(["N", "Pt"], [(1, 2, 8, 0)], data("MRV_COORDINATE_BOND_TYPE", "7", (1, 2))),
    "any bond at a metal": block(["N", "Pt", "C"], [(1, 2, 8, 0), (2, 3, 1, 0)]),
    "bond type 0 at a metal": block(["N", "Pt", "C"], [(1, 2, 0, 0), (2, 3, 1, 0)]),
    "zero-order bond": block(["N", "Pt", "C"], [(1, 2, 1, 0), (2, 3, 1, 0)], ["M  ZBO  1   1   0"]),
    "zero-order bond by data": block(["N", "Pt", "C"], [(1, 2, 1, 0), (2, 3, 1, 0)], ["M  STY  1   1 DAT", "M  SAL   1  2   1   2", "M  SBL   1  1   1", "M  SDT   1 ZBO"]),
    "charges beside zero-order bonds": block(["N", "Pt"], [(1, 2, 1, 0)], ["M  ZBO  1   1   0", "M  ZCH  2   1   0   2   2", "M  HYD  1   1   3"]),
    "hydrogen bond": v3000(["O", "C", "C", "O"], [(1, 1, 2), (1, 2, 3), (1, 3, 4), (10, 4, 1)]),
    "pyridine on zinc": ring(["N"] + ["C"] * 5, ["Zn"], [(1, 7, 9, 0)]),
    "chelate with any bonds": block(["N", "C", "C", "N", "Zn"], [(1, 2, 1, 0), (2, 3, 1, 0), (3, 4, 1, 0), (4, 5, 8, 0), (5, 1, 8, 0)]),
    "any bond between carbons": block(["C", "C"], [(1, 2, 8, 0)]),
    "single or double": block(["C", "C"], [(1, 2, 5, 0)]),
    "hydrogen count": block([("C", " 0  0  0  3"), "C"], [(1, 2, 1, 0)]),
    "no hydrogens": block([("C", " 0  0  0  1"), "C"], [(1, 2, 1, 0)]),
    **{f"symbol {s}": block([s, "C"], [(1, 2, 1, 0)]) for s in ("A", "Q", "X", "M", "L", "LP", "AH", "QH", "XH", "MH", "R", "R#", "R0", "R99", "Pol", "Mod", "ACY", "GH*", "Xx", "cl")},
    "list of one": block(["L", "C"], [(1, 2, 1, 0)], ["M  ALS   1  1 F N   "]),
    "list of two": block(["L", "C"], [(1, 2, 1, 0)], ["M  ALS   1  2 T N   O   "]),
    "list in V3000": v3000(["[N,O]", "C"], [(1, 1, 2)]),
    "no list in V3000": v3000(['"NOT [N,O]"', "C"], [(1, 1, 2)]),
    "charged placeholder": v3000(["* CHG=-1", "C"], [(1, 1, 2)]),
    "charged rest": v3000(["R# CHG=1 RGROUPS=(1 3)", "C"], [(1, 1, 2)]),
    "rest, then charge": v3000(["R# RGROUPS=(1 3) CHG=1", "C"], [(1, 1, 2)]),
    "charged placeholder, V2000": block(["*", "C"], [(1, 2, 1, 0)], ["M  CHG  1   1  -1"]),
    "group number on carbon": block(["C", "C"], [(1, 2, 1, 0)], ["M  RGP  1   1   4"]),
    "name of a table": v3000(["C", "O"], [(1, 1, 2)], begin="BEGIN CTAB mine"),
    "keywords in small letters": v3000(["C chg=1", "O"], [(1, 1, 2, "cfg=1")], begin="begin ctab").replace("COUNTS", "counts").replace("END CTAB", "end ctab"),
    "block names in small letters": v3000(["C", "O"], [(1, 1, 2)]).replace("BEGIN ATOM", "begin atom"),
    "group, then collection": v3000(["C", "O"], [(1, 1, 2)], [*GROUP, "BEGIN COLLECTION", "MDLV30/STEABS ATOMS=(1 1)", "END COLLECTION"], groups=1),
    "collection, then group": v3000(["C", "O"], [(1, 1, 2)], ["BEGIN COLLECTION", "MDLV30/HILITE ATOMS=(1 1)", "END COLLECTION", *GROUP], groups=1),
    "group not announced": v3000(["C", "O"], [(1, 1, 2)], GROUP),
    "group that is missing": v3000(["C", "O"], [(1, 1, 2)], groups=1),
    "no such atom in a collection": v3000(["C", "O"], [(1, 1, 2)], ["BEGIN COLLECTION", "MDLV30/STEABS ATOMS=(1 9)", "END COLLECTION"]),
    "continued line": v3000(["C", "O"], [(1, 1, 2)]).replace("C 0.000 0.000", "C 0.000 -\nM  V30 0.000"),
    "pair without a value": v3000(["C FOO", "O"], [(1, 1, 2)]),
    "unknown pair": v3000(["C FOO=1", "O"], [(1, 1, 2)]),
    "bond stereo 7": v3000(["C", "O"], [(1, 1, 2, "CFG=7")]),
    "blank line before the end": v3000(["C", "O"], [(1, 1, 2)]).replace("M  END", "\nM  END"),
    "substituents of an H": v3000(["H SUBST=1", "C"], [(1, 1, 2)]),
    "radical that does not fit": star("O", ["C", "C"], ["M  RAD  1   1   2"]),
    "radical code 0": star("O", ["C", "C"], ["M  RAD  1   1   0"]),
    "radical of phosphorus": star("P", ["C", "C", "C"], ["M  RAD  1   1   2"]),
    "two attachment points": block(["C", "C"], [(1, 2, 1, 0)], ["M  APO  2   1   1   1   2"]),
    "constraints": block(["C", "C"], [(1, 2, 1, 0)], ["M  SUB  1   1   2", "M  UNS  1   1   1", "M  RBC  1   2   2"]),
    "charge without a value": block(["C", "N"], [(1, 2, 1, 0)], ["M  CHG  1   2"]),
    "blank first property": block(["C", "N"], [(1, 2, 1, 0)], [""]),
    "blank second property": block(["C", "N"], [(1, 2, 1, 0)], ["M  CHG  1   2   1", ""]),
    "unknown first property": block(["C", "N"], [(1, 2, 1, 0)], ["X"]),
    "lines to skip": block(["C", "N"], [(1, 2, 1, 0)], ["S  SKP  1", "M  CHG  1   1   1"]),
    "abbreviation": block(["C", "N"], [(1, 2, 1, 0)], ["G    1  2", "M  END"]),
    "alias of no atom": block(["C", "N"], [(1, 2, 1, 0)], ["A    7", "x"]),
    "atom map": block([("C", " 0  0  0  0  0  0  0  0  0  7"), "N"], [(1, 2, 1, 0)]),
    "short atom line": SHORT_COUNTS.replace(" C   0  0", " C"),
    "short bond line": SHORT_COUNTS.replace("  1  2  1  0", "  1  2  1"),
    "tab in a coordinate": SHORT_COUNTS.replace("    1.0000", "\t1.00000000"),
    "nitro with five bonds": star("N", ["O", "O"], order=2).replace("  0\n  1  2", "  0\n  1  2"),
    "azide with five bonds": block(["C", "N", "N", "N"], [(1, 2, 1, 0), (2, 3, 2, 0), (3, 4, 3, 0)]),
    "wedge to an H": star("C", ["H", "F", "Cl"]).replace("  1  2  1  0", "  1  2  1  1"),
    "oxygen with a wedge": star("O", ["H", "F", "Cl"]).replace("  1  2  1  0", "  1  2  1  1"),
    **{f"counts line of {n} columns": SHORT_COUNTS.replace("  0999 V2000", "  0999 V2000   ").replace(SHORT_COUNTS.split("\n")[3] + "   ", (SHORT_COUNTS.split("\n")[3] + "   ")[:n]) for n in (5, 6, 30, 32, 33, 34, 35, 36, 38, 39, 41)},
}  # fmt: skip

METALS = set(range(1, 119)) - {1, 2, *range(5, 11), *range(14, 19), *range(33, 37), 52, 53, 54, 85, 86}


def is_query(text):
    """What we refuse by rule, though RDKit makes a query molecule of it."""
    lines = text.split("\n")
    if "V2000" in lines[3]:
        rows = lines[4 : 4 + int(lines[3][:3])]
        if any(row[42:45].strip() not in ("", "0", "1") for row in rows if len(row) >= 45):
            return True
    mol = Chem.MolFromMolBlock(text, sanitize=False, removeHs=False)
    if mol is None:
        return False
    for bond in mol.GetBonds():
        if bond.HasProp("_MolFileBondType") and bond.GetProp("_MolFileBondType") in ("5", "6", "7"):
            return True
        ends = {bond.GetBeginAtom().GetAtomicNum(), bond.GetEndAtom().GetAtomicNum()}
        if bond.GetBondType() == Chem.BondType.UNSPECIFIED and not ends & (METALS | {0, 1}):
            return True
    return False


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
    yield from KINDS.items()
    written = []
    for name, smiles in DRAWN.items():
        for style in ("V2000 H", "V3000 H", "V2000 someH", "V2000 aromatic", "3D someH"):
            text = molblock_corpus.write((smiles, style, 1))
            if text is not None:
                written.append((f"{name} {style}", text))
    yield from written
    for seed in range(MUTATED):
        name, text = written[seed % len(written)]
        yield f"{name} mutated {seed}", molblock_corpus.mutate((text, seed))


def main():
    RDLogger.DisableLog("rdApp.*")
    print("RDKit", rdBase.rdkitVersion)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    with open(sys.argv[1], "w") as out:
        for name, text in records():
            try:
                mol = Chem.MolFromMolBlock(text)
            except Exception:
                mol = None
            if mol is None or mol.GetNumAtoms() == 0:
                facts = {"REFUSED": "1"}
            elif is_query(text):
                facts = {"QUERY": "1"}
            else:
                facts = {
                    "SMILES": Chem.MolToSmiles(mol),
                    "MORGAN": packed(generator.GetFingerprint(mol)),
                    "MACCS": packed(rdMolDescriptors.GetMACCSKeysFingerprint(mol)),
                    "IS3D": str(int(mol.GetConformer().Is3D())),
                }
            out.write(name + text[text.index("\n") :] + ("" if text.endswith("\n") else "\n"))
            for key, value in facts.items():
                out.write(f">  <{key}>\n{value}\n\n")
            out.write("$$$$\n")


if __name__ == "__main__":
    main()
