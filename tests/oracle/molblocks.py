"""Compares the molblock readers with RDKit.

usage: molblocks.py DUMP DATA [--count N] [--list FILE]

DUMP is the built `examples/sdf_dump`; DATA the data folder. Three sets of records, each read by
both: molblocks that RDKit writes for SMILES of `DATA/benchmarks` (V2000 and V3000, two-dimensional
with wedges), their three-dimensional counterparts with hydrogens for some, and the crystal ligands
of `DATA/parity/pdb_ligands.sdf.gz`. Compared: acceptance, Morgan, MACCS, and the isomeric SMILES
(so stereo too). Exits 1 when a threshold is missed.
"""

import argparse
import collections
import csv
import gzip
import multiprocessing
import pathlib
import subprocess
import sys

from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem, rdFingerprintGenerator, rdMolDescriptors

from parity import packed

# Of records; of records that both accept.
ACCEPTANCE, IDENTITY, STEREO = 0.999, 0.9999, 0.99


def describe(block):
    """RDKit's answer for a molblock: (Morgan, MACCS, SMILES), or None."""
    RDLogger.DisableLog("rdApp.*")
    mol = Chem.MolFromMolBlock(block)
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


def write(job):
    """The molblock of a SMILES in one of the styles, or None."""
    smiles, style = job
    RDLogger.DisableLog("rdApp.*")
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        return None
    if style == "3D":
        mol = Chem.AddHs(mol)
        if AllChem.EmbedMolecule(mol, randomSeed=7, maxAttempts=5) != 0:
            return None
        return Chem.MolToMolBlock(mol)
    AllChem.Compute2DCoords(mol)
    return Chem.MolToMolBlock(mol, forceV3000=style == "V3000")


def benchmark_smiles(folder, count):
    """About `count` distinct SMILES, spread evenly over the data sets."""
    seen = {}
    for path in sorted(folder.glob("*.csv.gz")):
        with gzip.open(path, "rt") as text:
            for row in csv.DictReader(text):
                seen.setdefault(row["smiles"])
    smiles = list(seen)
    return smiles[:: max(1, len(smiles) // count)]


def crystal(path):
    with gzip.open(path, "rb") as text:
        records = text.read().decode("utf-8", "replace").split("$$$$\n")
    return [r.split("M  END")[0] + "M  END\n" for r in records if r.strip()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--list", type=pathlib.Path, help="write every disagreement here")
    options = parser.parse_args()
    smiles = benchmark_smiles(options.data / "benchmarks", options.count)
    hard = []
    for path in sorted((options.data / "parity/smiles").glob("*.smi.gz")):
        with gzip.open(path, "rt") as text:
            lines = [line.split()[0] for line in text if line.strip()]
            hard += lines[:: max(1, len(lines) // 500)]

    with multiprocessing.Pool() as pool:
        sets = {}
        for name, source, style in (
            ("benchmarks V2000", smiles, "V2000"),
            ("benchmarks V3000", smiles, "V3000"),
            ("benchmarks 3D, explicit H", smiles[::8], "3D"),
            ("corpora V2000", hard, "V2000"),
            ("corpora V3000", hard, "V3000"),
        ):
            blocks = pool.map(write, [(s, style) for s in source], chunksize=50)
            sets[name] = [b for b in blocks if b is not None]
        sets["crystal ligands"] = crystal(options.data / "parity/pdb_ligands.sdf.gz")

        columns = ("n", "both", "neither", "only ours", "only RDKit", "Morgan", "MACCS", "stereo")
        print(f"{'set':<28}" + "".join(f"{c:>11}" for c in columns) + "   (last three: different)")
        total = collections.Counter()
        disagreements = []
        for name, blocks in sets.items():
            run = subprocess.run(
                [options.dump],
                input="".join(b + "$$$$\n" for b in blocks).encode(),
                capture_output=True,
                check=True,
            )
            ours = [line.split("\t") for line in run.stdout.decode().splitlines()]
            assert len(ours) == len(blocks), f"{name}: {len(blocks)} in, {len(ours)} out"
            mine = pool.map(canonical, [o[2] if len(o) == 3 else "" for o in ours], chunksize=50)
            count = collections.Counter(n=len(blocks))
            theirs = pool.map(describe, blocks, chunksize=50)
            for block, a, smi, b in zip(blocks, ours, mine, theirs):
                refused = a[0].startswith("!")
                if refused or b is None:
                    kind = ("neither" if b is None else "only RDKit") if refused else "only ours"
                    count[kind] += 1
                    if kind != "neither":
                        disagreements.append((name, kind, a[0] if refused else smi, b and b[2], block))
                    continue
                count["both"] += 1
                for i, what in enumerate(("Morgan", "MACCS", "stereo")):
                    if (smi if i == 2 else a[i]) != b[i]:
                        count[what] += 1
                        disagreements.append((name, what, smi, b[2], block))
            print(f"{name:<28}" + "".join(f"{count[c]:>11}" for c in columns), flush=True)
            total.update(count)
    print(f"{'total':<28}" + "".join(f"{total[c]:>11}" for c in columns))
    for name, kind, ours, theirs, _ in disagreements[:40]:
        print(f"  {kind} ({name})\n    ours  {ours}\n    RDKit {theirs}")
    if options.list:
        options.list.write_text(
            "".join(f"{b}> <disagreement>\n{n}: {k}: {o} / {t}\n\n$$$$\n" for n, k, o, t, b in disagreements)
        )

    failed = False
    both = max(1, total["both"])
    agree = 1 - (total["only ours"] + total["only RDKit"]) / total["n"]
    checks = [("acceptance", agree, ACCEPTANCE)]
    checks += [(w, 1 - total[w] / both, IDENTITY) for w in ("Morgan", "MACCS")]
    checks += [("stereo", 1 - total["stereo"] / both, STEREO)]
    for what, value, wanted in checks:
        failed |= value < wanted
        verdict = "ok" if value >= wanted else "BELOW"
        print(f"{what:<12} {value:.4%}  (at least {wanted:.2%})  {verdict}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
