"""Compares fingerprints and acceptance with RDKit over SMILES corpora.

usage: parity.py DUMP DIRECTORY [--radius N] [--bits N] [--list FILE]

DUMP is the built `examples/parity_dump`; DIRECTORY holds *.smi.gz files, one SMILES a line
(anything behind white space is a name). Exits 1 when a threshold is missed.
"""

import argparse
import collections
import gzip
import multiprocessing
import pathlib
import pickle
import subprocess
import sys

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

ACCEPTANCE = 0.999
IDENTITY = 0.9999


def packed(bits):
    return bytes(
        sum(1 << (bit % 8) for bit in group) for group in by_byte(bits)
    ).hex()


def by_byte(vector):
    groups = [[] for _ in range((vector.GetNumBits() + 7) // 8)]
    for bit in vector.GetOnBits():
        groups[bit // 8].append(bit)
    return groups


def oracle(job):
    """RDKit's answer for one SMILES: (Morgan, MACCS) in hexadecimal, or None."""
    smiles, radius, bits = job
    RDLogger.DisableLog("rdApp.*")
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or mol.GetNumAtoms() == 0:
        return None
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=bits)
    return (
        packed(generator.GetFingerprint(mol)),
        packed(rdMolDescriptors.GetMACCSKeysFingerprint(mol)),
    )


def oracle_file(smiles, radius, bits, cache):
    """The answers for a file, remembered in `cache`: RDKit's MACCS keys take a millisecond each."""
    if cache.exists():
        return pickle.loads(cache.read_bytes())
    jobs = [(s, radius, bits) for s in smiles]
    with multiprocessing.Pool() as pool:
        answers = pool.map(oracle, jobs, chunksize=200)
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_bytes(pickle.dumps(answers))
    return answers


def differing_keys(a, b):
    a, b = (int.from_bytes(bytes.fromhex(x), "little") for x in (a, b))
    return [i for i in range(167) if (a ^ b) >> i & 1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--radius", type=int, default=2)
    parser.add_argument("--bits", type=int, default=1024)
    parser.add_argument("--list", type=pathlib.Path, help="write every disagreement here")
    options = parser.parse_args()
    files = sorted(options.directory.glob("*.smi.gz"))
    if not files:
        sys.exit(f"{options.directory}: no *.smi.gz file")
    cache = pathlib.Path("target/parity-oracle") / rdBase.rdkitVersion
    setting = f"r{options.radius}b{options.bits}"

    columns = ("n", "both", "neither", "only ours", "only RDKit", "Morgan", "MACCS")
    print(f"{'corpus':<34}" + "".join(f"{c:>12}" for c in columns) + "   (last two: different)")
    total = collections.Counter()
    disagreements = []
    for path in files:
        with gzip.open(path, "rt") as text:
            smiles = [line.split()[0] for line in text if line.strip()]
        run = subprocess.run(
            [options.dump, str(options.radius), str(options.bits)],
            input="\n".join(smiles) + "\n",
            capture_output=True,
            text=True,
            check=True,
        )
        ours = [line.split("\t") for line in run.stdout.splitlines()]
        assert len(ours) == len(smiles), f"{path}: {len(smiles)} lines in, {len(ours)} out"
        stamp = cache / f"{path.name}.{path.stat().st_size}.{setting}.pickle"
        count = collections.Counter(n=len(smiles))
        for s, mine, theirs in zip(smiles, ours, oracle_file(smiles, options.radius, options.bits, stamp)):
            refused = mine[0].startswith("!")
            if refused or theirs is None:
                kind = ("neither" if theirs is None else "only RDKit") if refused else "only ours"
                count[kind] += 1
                if kind != "neither":
                    disagreements.append((path.name, kind, s, " ".join(mine) if refused else ""))
                continue
            count["both"] += 1
            for which, a, b in zip(("Morgan", "MACCS"), mine, theirs):
                if a != b:
                    count[which] += 1
                    keys = differing_keys(a, b) if which == "MACCS" else ""
                    disagreements.append((path.name, which, s, keys))
        print(f"{path.name[:34]:<34}" + "".join(f"{count[c]:>12}" for c in columns), flush=True)
        total.update(count)
    print(f"{'total':<34}" + "".join(f"{total[c]:>12}" for c in columns))

    for name, kind, s, detail in disagreements[:60]:
        print(f"  {kind}: {s[:150]}  {detail}  ({name})")
    if options.list:
        options.list.write_text("".join("\t".join(map(str, d)) + "\n" for d in disagreements))

    failed = False
    agree = 1 - (total["only ours"] + total["only RDKit"]) / total["n"]
    checks = [("acceptance", agree, ACCEPTANCE)]
    checks += [(w, 1 - total[w] / max(1, total["both"]), IDENTITY) for w in ("Morgan", "MACCS")]
    for what, value, wanted in checks:
        verdict = "ok" if value >= wanted else "BELOW"
        failed |= value < wanted
        print(f"{what:<12} {value:.4%}  (at least {wanted:.2%})  {verdict}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
