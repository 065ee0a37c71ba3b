"""Compares the molblock readers with RDKit.

usage: molblocks.py DUMP DATA [--count N] [--list FILE] [--write FOLDER]

DUMP is the built `examples/sdf_dump`; DATA the data folder. The records are those of
`molblock_corpus.py`: what RDKit writes for SMILES of `DATA/benchmarks` and `DATA/parity/smiles` in
many styles, the crystal ligands of `DATA/parity/pdb_ligands.sdf.gz`, and mutations of these.
Compared with `Chem.MolFromMolBlock`, default arguments: acceptance, Morgan, MACCS, and the isomeric
SMILES (so stereo too). Records that are refused as queries are counted apart: RDKit makes query
molecules of them. Exits 1 when a threshold is missed.
"""

import argparse
import collections
import multiprocessing
import pathlib
import re
import subprocess
import sys

from rdkit import Chem, RDLogger
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

import molblock_corpus
from parity import packed

# Of records; of records that both accept.
ACCEPTANCE, IDENTITY, STEREO = 0.999, 0.9995, 0.99
QUERY = "a query is not a molecule"


def describe(block):
    """RDKit's answer for a molblock: (Morgan, MACCS, SMILES), or None."""
    RDLogger.DisableLog("rdApp.*")
    try:
        mol = Chem.MolFromMolBlock(block)
    except Exception:
        return None
    if mol is None or mol.GetNumAtoms() == 0:
        return None
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    return (
        packed(generator.GetFingerprint(mol)),
        packed(rdMolDescriptors.GetMACCSKeysFingerprint(mol)),
        canonical(Chem.MolToSmiles(mol)),
    )


def canonical(smiles):
    """The SMILES after one more round: both sides' spellings become the same."""
    RDLogger.DisableLog("rdApp.*")
    mol = Chem.MolFromSmiles(smiles)
    return smiles if mol is None else Chem.MolToSmiles(mol)


def read(dump, blocks):
    """Our answers: fields of the dump's lines."""
    # A block that ends early must not swallow the next one.
    text = "".join(b + ("" if b.endswith("\n") else "\n") + "$$$$\n" for b in blocks)
    run = subprocess.run([dump], input=text.encode(), capture_output=True, check=True)
    ours = [line.split("\t") for line in run.stdout.decode().splitlines()]
    assert len(ours) == len(blocks), f"{len(blocks)} in, {len(ours)} out"
    return ours


def compare(blocks, ours, mine, theirs):
    """Counts, and disagreements as (kind, ours, RDKit's, block)."""
    count = collections.Counter(n=len(blocks))
    found = []
    for block, a, smiles, b in zip(blocks, ours, mine, theirs):
        refused = a[0].startswith("!")
        if b is None:
            count["neither" if refused else "only ours"] += 1
            if not refused:
                found.append(("only ours", smiles, None, block))
        elif refused:
            kind = "query" if QUERY in a[0] else "only RDKit"
            count[kind] += 1
            found.append((kind, a[0], b[2], block))
        else:
            count["both"] += 1
            different = [what for i, what in enumerate(("Morgan", "MACCS")) if a[i] != b[i]]
            # Molecules with bonds of order zero have no SMILES.
            if a[2] and smiles != b[2]:
                different.append("stereo")
            for what in different:
                count[what] += 1
            if different[:1] != ["stereo"] and different:
                count["other bits"] += 1
            if different:
                found.append((" ".join(different), smiles, b[2], block))
    return count, found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=2400)
    parser.add_argument("--list", type=pathlib.Path, help="write every disagreement here")
    parser.add_argument("--write", type=pathlib.Path, help="write the corpus here, a file a set")
    options = parser.parse_args()

    columns = ("n", "both", "neither", "query", "only ours", "only RDKit", "Morgan", "MACCS", "stereo")
    total = collections.Counter()
    disagreements = []
    with multiprocessing.Pool() as pool:
        sets = molblock_corpus.sets(options.data, options.count, pool)
        print(f"{'set':<28}" + "".join(f"{c:>11}" for c in columns) + "   (last three: different)")
        for name, blocks in sets.items():
            if options.write:
                options.write.mkdir(parents=True, exist_ok=True)
                file = options.write / (name.replace(" ", "_") + ".sdf")
                file.write_text("".join(b + "$$$$\n" for b in blocks))
            ours = read(options.dump, blocks)
            mine = pool.map(canonical, [o[2] if len(o) == 3 else "" for o in ours], chunksize=50)
            theirs = pool.map(describe, blocks, chunksize=50)
            count, found = compare(blocks, ours, mine, theirs)
            disagreements += [(name, *f) for f in found]
            print(f"{name:<28}" + "".join(f"{count[c]:>11}" for c in columns), flush=True)
            total.update(count)
    print(f"{'total':<28}" + "".join(f"{total[c]:>11}" for c in columns))

    classes = collections.Counter()
    for name, kind, a, b, _ in disagreements:
        reason = re.sub(r"line \d+: |\"[^\"]*\"|\d+", "", a) if kind in ("query", "only RDKit") else ""
        classes[(kind, reason)] += 1
    print("classes:")
    for (kind, reason), n in classes.most_common():
        print(f"{n:>6}  {kind}  {reason}")
    for name, kind, ours, theirs, _ in [d for d in disagreements if d[1] != "query"][:60]:
        print(f"  {kind} ({name})\n    ours  {ours}\n    RDKit {theirs}")
    if options.list:
        options.list.write_text(
            "".join(f"{b}\n> <disagreement>\n{n}: {k}: {o} / {t}\n\n$$$$\n" for n, k, o, t, b in disagreements)
        )

    failed = False
    both = max(1, total["both"])
    agree = 1 - (total["only ours"] + total["only RDKit"]) / total["n"]
    checks = [
        ("acceptance", agree, ACCEPTANCE),
        ("fingerprints", 1 - total["other bits"] / both, IDENTITY),
        ("stereo", 1 - total["stereo"] / both, STEREO),
    ]
    for what, value, wanted in checks:
        failed |= value < wanted
        verdict = "ok" if value >= wanted else "BELOW"
        print(f"{what:<12} {value:.4%}  (at least {wanted:.2%})  {verdict}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
