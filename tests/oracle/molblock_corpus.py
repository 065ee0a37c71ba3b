"""Molblocks to compare readers with: what RDKit writes in many styles, and mutations of that.

Everything is drawn from generators with fixed seeds, so that a corpus is the same in every run with
the same RDKit and the same data.
"""

import csv
import gzip
import random

from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem

QUERY_BONDS = (5, 6, 7)
SYMBOLS = "H D T C N O S P F Cl Br I B Si Se Te As Sb Bi Sn Ge Al Ga Li Na K Mg Ca Zn Fe Cu Pt Pd Hg".split()
OPEN_SYMBOLS = "* R R# R1 R7 A Q X M L LP AH QH Pol Mod ACY CL BR Xx".split()
GROUPS = "SUP DAT SRU MUL GEN MON ANY COM".split()


def smiles_of_benchmarks(folder, count):
    """About `count` distinct SMILES, spread evenly over the data sets."""
    seen = {}
    for path in sorted(folder.glob("*.csv.gz")):
        with gzip.open(path, "rt") as text:
            for row in csv.DictReader(text):
                seen.setdefault(row["smiles"])
    smiles = list(seen)
    return smiles[:: max(1, len(smiles) // count)]


def smiles_of_corpora(folder, count):
    """About `count` SMILES of each file of the parity corpora."""
    out = []
    for path in sorted(folder.glob("*.smi.gz")):
        with gzip.open(path, "rt") as text:
            lines = [line.split()[0] for line in text if line.strip()]
        out += lines[:: max(1, len(lines) // count)]
    return out


def crystal(path):
    with gzip.open(path, "rb") as text:
        records = text.read().decode("utf-8", "replace").split("$$$$\n")
    return [r.split("M  END")[0] + "M  END\n" for r in records if r.strip()]


def some_hydrogens(mol, chooser):
    """The molecule with a random half of its hydrogens as atoms."""
    atoms = [a.GetIdx() for a in mol.GetAtoms() if a.GetTotalNumHs()]
    return Chem.AddHs(mol, onlyOnAtoms=[i for i in atoms if chooser.random() < 0.5])


def write(job):
    """The molblock of a SMILES in one of the styles, or None."""
    smiles, style, seed = job
    RDLogger.DisableLog("rdApp.*")
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or mol.GetNumAtoms() == 0:
        return None
    chooser = random.Random(f"{seed} {smiles}")
    words = style.split()
    try:
        if "H" in words:
            mol = Chem.AddHs(mol)
        elif "someH" in words:
            mol = some_hydrogens(mol, chooser)
        if "3D" in words:
            full = Chem.AddHs(mol)
            if full.GetNumAtoms() > 70 or AllChem.EmbedMolecule(full, randomSeed=7, maxAttempts=3):
                return None
            if "H" not in words:
                gone = [a.GetIdx() for a in full.GetAtoms() if a.GetAtomicNum() == 1]
                if "someH" in words:
                    gone = [i for i in gone if chooser.random() < 0.5]
                full = Chem.RWMol(full)
                for i in reversed(gone):
                    full.RemoveAtom(i)
                full = full.GetMol()
                full.UpdatePropertyCache(False)
            mol = full
        else:
            AllChem.Compute2DCoords(mol)
        if "shuffled" in words:
            order = list(range(mol.GetNumAtoms()))
            chooser.shuffle(order)
            mol = Chem.RenumberAtoms(mol, order)
        return Chem.MolToMolBlock(
            mol, forceV3000="V3000" in words, kekulize="aromatic" not in words
        )
    except Exception:
        return None


def mutate(job):
    """A molblock with one to three random changes."""
    block, seed = job
    chooser = random.Random(seed)
    v3000 = "V3000" in block
    lines = block.split("\n")
    for _ in range(chooser.choice((1, 1, 1, 2, 2, 3))):
        change = chooser.choice(V3000_CHANGES if v3000 else V2000_CHANGES)
        try:
            change(lines, chooser)
        except (IndexError, ValueError, StopIteration):
            pass
    return "\n".join(lines)


def counts(lines):
    return int(lines[3][:3]), int(lines[3][3:6])


def atom_line(lines, chooser, hydrogens=False):
    n, _ = counts(lines)
    rows = range(4, 4 + n)
    if hydrogens:
        rows = [i for i in rows if lines[i][31:34].strip() == "H"] or rows
    return chooser.choice(list(rows))


def bond_line(lines, chooser):
    n, m = counts(lines)
    return chooser.randrange(4 + n, 4 + n + m)


def put(line, start, text):
    return line.ljust(start)[:start] + text + line[start + len(text) :]


def field(start, width, values):
    def change(lines, chooser):
        i = atom_line(lines, chooser)
        lines[i] = put(lines[i], start, f"{chooser.choice(values):>{width}}")

    return change


def symbol(values):
    def change(lines, chooser):
        i = atom_line(lines, chooser)
        lines[i] = put(lines[i], 31, f"{chooser.choice(values):<3}")

    return change


def bond_field(start, values):
    def change(lines, chooser):
        i = bond_line(lines, chooser)
        lines[i] = put(lines[i], start, f"{chooser.choice(values):>3}")

    return change


def insert(lines, chooser, *new):
    """Property lines go before M  END."""
    end = lines.index("M  END")
    lines[end:end] = new


def entries(tag, values):
    def change(lines, chooser):
        n, _ = counts(lines)
        count = chooser.randint(1, 3)
        text = "".join(f" {chooser.randint(1, n):3} {chooser.choice(values):>3}" for _ in range(count))
        insert(lines, chooser, f"M  {tag}{count:3}{text}")

    return change


def zero_order(lines, chooser):
    _, m = counts(lines)
    insert(lines, chooser, f"M  ZBO  1 {chooser.randint(1, m):3} {chooser.choice((0, 0, 1)):3}")


def hydrogen(lines, chooser):
    """Binds a further hydrogen, perhaps to a hydrogen, perhaps twice."""
    n, m = counts(lines)
    x, y = (float(v) for v in lines[3 + n].split()[:2])
    to = chooser.randint(1, n)
    row = f"{x + 0.7:10.4f}{y - 0.9:10.4f}{0:10.4f} H   0  0"
    lines.insert(4 + n, row)
    bonds = [f"{to:3}{n + 1:3}  1{chooser.choice((0, 0, 0, 1, 6, 4)):3}"]
    if chooser.random() < 0.1 and n > 1:
        other = chooser.choice([i for i in range(1, n + 1) if i != to])
        bonds.append(f"{other:3}{n + 1:3}  1  0")
    at = 5 + n + (m if chooser.random() < 0.5 else 0)
    lines[at:at] = bonds
    lines[3] = f"{n + 1:3}{m + len(bonds):3}" + lines[3][6:]


def group(lines, chooser):
    """An S-group, often around hydrogens."""
    n, m = counts(lines)
    kind = chooser.choice(GROUPS)
    hs = [i + 1 for i in range(n) if lines[4 + i][31:34].strip() == "H"]
    pool = hs if hs and chooser.random() < 0.6 else list(range(1, n + 1))
    atoms = chooser.sample(pool, min(len(pool), chooser.randint(1, 3)))
    new = [f"M  STY  1   1 {kind}", f"M  SAL   1{len(atoms):3}" + "".join(f" {a:3}" for a in atoms)]
    ends = [tuple(int(lines[4 + n + i][k : k + 3]) for k in (0, 3)) for i in range(m)]
    crossing = [i + 1 for i, e in enumerate(ends) if (e[0] in atoms) != (e[1] in atoms)]
    if crossing and chooser.random() < 0.6:
        new.append(f"M  SBL   1  1 {chooser.choice(crossing):3}")
    if kind == "DAT":
        new += ["M  SDT   1 " + chooser.choice(("note", "MRV_IMPLICIT_H", "MRV_COORDINATE_BOND_TYPE", "ZCH", "HYD")),
                "M  SED   1 " + chooser.choice(("text", "IMPL_H1", "IMPL_H0", str(chooser.randint(1, m)), ";".join("1" * len(atoms))))]
    if kind == "SUP":
        new.append("M  SMT   1 X")
        if chooser.random() < 0.3:
            new.append(f"M  SAP   1  1 {atoms[0]:3}   0  1")
    if kind == "MUL":
        new += [f"M  SPA   1  1 {chooser.choice(atoms):3}", "M  SMT   1 2"]
    insert(lines, chooser, *new)


def implicit_hydrogen(lines, chooser):
    """Aromatic bonds with the hydrogens that they need, as ChemAxon writes them."""
    n, m = counts(lines)
    i = chooser.randint(1, n)
    insert(lines, chooser, "M  STY  1   1 DAT", f"M  SAL   1  1 {i:3}", "M  SDT   1 MRV_IMPLICIT_H", "M  SED   1 IMPL_H1")


def coordinate_bond(lines, chooser):
    n, m = counts(lines)
    i = chooser.randrange(m)
    lines[4 + n + i] = put(lines[4 + n + i], 6, "  8")
    a = int(lines[4 + n + i][chooser.choice((0, 3)) :][:3])
    lines[3 + a] = put(lines[3 + a], 31, chooser.choice(("Pt ", "Zn ", "Fe ", "Mg ")))
    if chooser.random() < 0.7:
        insert(lines, chooser, "M  STY  1   1 DAT", "M  SAL   1  1   1", "M  SDT   1 MRV_COORDINATE_BOND_TYPE",
               f"M  SED   1 {i + 1}")


def shorten_counts(lines, chooser):
    lines[3] = lines[3][: chooser.randint(5, 42)]


def cut_line(lines, chooser):
    i = chooser.choice((atom_line(lines, chooser), bond_line(lines, chooser)))
    lines[i] = lines[i][: chooser.randint(6, len(lines[i]))]


def blank_line(lines, chooser):
    lines.insert(chooser.randint(4, len(lines) - 1), "")


def drop_line(lines, chooser):
    del lines[chooser.randrange(len(lines))]


def label_3d(lines, chooser):
    lines[1] = put(lines[1], 20, chooser.choice(("3D", "2D", "3d")))


def lift(lines, chooser):
    """Gives an atom a height."""
    i = atom_line(lines, chooser)
    lines[i] = put(lines[i], 20, f"{chooser.uniform(-1.5, 1.5):10.4f}")


def move(lines, chooser):
    i = atom_line(lines, chooser)
    x, y = float(lines[i][:10]), float(lines[i][10:20])
    lines[i] = f"{x + chooser.uniform(-1, 1):10.4f}{y + chooser.uniform(-1, 1):10.4f}" + lines[i][20:]


def alias(lines, chooser):
    n, _ = counts(lines)
    insert(lines, chooser, *chooser.choice(((f"A  {chooser.randint(1, n):3}", "M  END"), (f"V  {chooser.randint(1, n):3} x",), ("G    1  2", "Boc"))))


def atom_list(lines, chooser):
    n, _ = counts(lines)
    elements = chooser.sample(("C", "N", "O", "S", "F", "Cl"), chooser.randint(1, 3))
    text = "".join(f"{e:<4}" for e in elements)
    insert(lines, chooser, f"M  ALS {chooser.randint(1, n):3}{len(elements):3} {chooser.choice('FT')} {text}")


V2000_CHANGES = [
    field(34, 2, (-2, -1, 1, 2, 5)), field(36, 3, (1, 2, 3, 4, 5, 6, 7)), field(42, 3, (1, 1, 2, 3)),
    field(48, 3, (1, 2, 3, 4, 5, 6, 14, 15, 15)), field(39, 3, (1, 2, 3)), field(60, 3, (1, 7, 99)),
    symbol(SYMBOLS), symbol(SYMBOLS), symbol(OPEN_SYMBOLS),
    bond_field(9, (1, 6, 3, 4)), bond_field(9, (1, 6)), bond_field(6, (1, 2, 3, 4, 9)), bond_field(6, (0, 5, 8, 10)),
    entries("CHG", (-3, -1, -1, 0, 1, 1, 2)), entries("CHG", (-1, 1)), entries("RAD", (0, 1, 2, 2, 3)),
    entries("ISO", (1, 2, 3, 13, 14, 200)), entries("RGP", (1, 2, 7)), entries("SUB", (-2, -1, 1, 2, 3)),
    entries("UNS", (0, 1)), entries("RBC", (-1, 2, 4)), entries("APO", (1, 2, 3)), entries("ZCH", (-1, 0, 1)),
    entries("HYD", (0, 1, 2)), zero_order, hydrogen, hydrogen, hydrogen, group, group, group, implicit_hydrogen,
    coordinate_bond, coordinate_bond, shorten_counts, cut_line, blank_line, drop_line, label_3d, lift, move, alias, atom_list,
]  # fmt: skip


def v3_rows(lines, block):
    a, b = lines.index(f"M  V30 BEGIN {block}"), lines.index(f"M  V30 END {block}")
    return range(a + 1, b)


def v3_word(block, place, values):
    def change(lines, chooser):
        i = chooser.choice(v3_rows(lines, block))
        words = lines[i].split(" ")
        # "M", "", "V30", then those of the table.
        words[3 + place] = str(chooser.choice(values))
        lines[i] = " ".join(words)

    return change


def v3_pair(block, *pairs):
    def change(lines, chooser):
        i = chooser.choice(v3_rows(lines, block))
        pair = chooser.choice(pairs)
        lines[i] += " " + (pair if chooser.random() < 0.8 else pair.lower())

    return change


def v3_wrap(lines, chooser):
    i = chooser.choice(v3_rows(lines, "ATOM"))
    cut = chooser.randint(8, len(lines[i]))
    lines[i : i + 1] = [lines[i][:cut] + "-", "M  V30 " + lines[i][cut:]]


def v3_case(lines, chooser):
    i = chooser.choice([i for i, l in enumerate(lines) if l.startswith("M  V30 ") and not l[7].isdigit()])
    lines[i] = lines[i][:7] + chooser.choice((lines[i][7:].lower(), lines[i][7:] + " name"))


def v3_group(lines, chooser):
    rows = list(v3_rows(lines, "ATOM"))
    numbers = [lines[i].split()[2] for i in rows]
    hs = [lines[i].split()[2] for i in rows if lines[i].split()[3] == "H"]
    pool = hs if hs and chooser.random() < 0.6 else numbers
    atoms = chooser.sample(pool, min(len(pool), chooser.randint(1, 3)))
    kind = chooser.choice(GROUPS)
    text = f"M  V30 1 {kind} 0 ATOMS=({len(atoms)} {' '.join(atoms)})"
    if kind == "DAT":
        text += f' FIELDNAME={chooser.choice(("note", "MRV_IMPLICIT_H"))} FIELDDATA="IMPL_H1"'
    elif kind == "SUP":
        text += " LABEL=X" + chooser.choice(("", f' SAP=(3 {atoms[0]} 0 1)'))
    end = lines.index("M  V30 END CTAB")
    lines[end:end] = ["M  V30 BEGIN SGROUP", text, "M  V30 END SGROUP"]
    i = next(i for i, l in enumerate(lines) if l.startswith("M  V30 COUNTS"))
    words = lines[i].split(" ")
    words[6] = "1"
    lines[i] = " ".join(words)


def v3_collection(lines, chooser):
    end = lines.index("M  V30 END CTAB")
    lines[end:end] = ["M  V30 BEGIN COLLECTION", "M  V30 MDLV30/" + chooser.choice(("STEABS", "STERAC1", "HILITE")) + " ATOMS=(1 1)",
                      "M  V30 END COLLECTION"]


V3000_CHANGES = [
    v3_word("ATOM", 1, SYMBOLS), v3_word("ATOM", 1, SYMBOLS), v3_word("ATOM", 1, OPEN_SYMBOLS + ["[C,N]", '"NOT [C,N]"', "[C]"]),
    v3_word("ATOM", 4, (0.5, -1.2, 3)), v3_word("ATOM", 5, (1, 9)), v3_word("BOND", 1, (1, 2, 3, 4, 9, 10)), v3_word("BOND", 1, (0, 5, 8)),
    v3_pair("ATOM", "CHG=1", "CHG=-1", "RAD=2", "RAD=1", "MASS=13", "MASS=2", "VAL=4", "VAL=-1", "VAL=3", "HCOUNT=1", "UNSAT=1", "RBCNT=2",
            "SUBST=2", "CFG=1", "CFG=9", "ATTCHPT=1", "RGROUPS=(1 4)", "FOO=1", "FOO"),
    v3_pair("ATOM", "CHG=1", "CHG=-1", "VAL=3", "RAD=2"),
    v3_pair("BOND", "CFG=1", "CFG=2", "CFG=3", "TOPO=1", "TOPO=7", "STBOX=1", "CFG=8"),
    v3_wrap, v3_case, v3_group, v3_group, v3_collection, blank_line, drop_line, label_3d,
]  # fmt: skip


def sets(data, count, pool):
    """Names of the sets and their molblocks."""
    benchmarks = smiles_of_benchmarks(data / "benchmarks", count)
    corpora = smiles_of_corpora(data / "parity/smiles", 250)
    ligands = crystal(data / "parity/pdb_ligands.sdf.gz")
    few = benchmarks[::3]
    plan = [
        ("V2000", benchmarks), ("V3000", benchmarks), ("V2000 H", benchmarks[1::2]), ("V3000 H", few),
        ("V2000 someH", benchmarks[::2]), ("V2000 aromatic", benchmarks[1::2]), ("V3000 aromatic H", few),
        ("V2000 H shuffled", few), ("3D H", benchmarks[::5]), ("3D", benchmarks[1::10]),
        ("3D someH", benchmarks[2::10]),
    ]  # fmt: skip
    jobs = [(f"benchmarks {style}", [(s, style, 1) for s in source]) for style, source in plan]
    jobs += [(f"corpora {s}", [(t, s, 2) for t in corpora]) for s in ("V2000", "V3000", "V2000 H")]
    out = {}
    for name, work in jobs:
        blocks = pool.map(write, work, chunksize=20)
        out[name] = [b for b in blocks if b is not None]
    out["crystal ligands"] = ligands
    for name, sources, version in (
        ("V2000 mutated", ("benchmarks V2000", "benchmarks V2000 someH", "benchmarks V2000 H", "benchmarks V2000 aromatic"), 3),
        ("V3000 mutated", ("benchmarks V3000", "benchmarks V3000 H"), 4),
        ("3D mutated", ("benchmarks 3D someH", "benchmarks 3D H", "crystal ligands"), 5),
    ):
        blocks = [b for s in sources for b in out[s]]
        random.Random(version).shuffle(blocks)
        blocks = blocks[: count // 2 if version != 3 else count]
        out[name] = pool.map(mutate, [(b, 10000 * version + i) for i, b in enumerate(blocks)], chunksize=50)
    return out
