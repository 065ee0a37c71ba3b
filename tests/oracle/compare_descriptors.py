"""Compares the library's descriptors with RDKit's over the benchmark molecules, and writes the table
of docs/descriptors.md.

usage: compare_descriptors.py DUMP DIRECTORY OUTPUT [--sample N] [--processes N] [--list FILE]

DUMP is the built `examples/descriptor_dump`; DIRECTORY holds *.csv.gz files with a column `smiles`.
Two values are equal within 1e-4 relative (of the larger magnitude, at least 0.01), or where both are
undefined.
"""

import argparse
import csv
import gzip
import math
import multiprocessing
import pathlib
import random
import subprocess
import sys

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem import Descriptors

TOLERANCE = 1e-4
FLOOR = 1e-2


def oracle(smiles):
    RDLogger.DisableLog("rdApp.*")
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or mol.GetNumAtoms() == 0:
        return None
    values = []
    for _, function in Descriptors._descList:
        try:
            values.append(float(function(mol)))
        except Exception:  # whatever RDKit throws, there is no value
            values.append(math.nan)
    return values


def equal(a, b):
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.isfinite(a) == math.isfinite(b)
    return abs(a - b) <= TOLERANCE * max(FLOOR, abs(a), abs(b))


def read(directory):
    smiles = set()
    for path in sorted(directory.glob("*.csv.gz")):
        with gzip.open(path, "rt", newline="") as text:
            smiles.update(row["smiles"] for row in csv.DictReader(text))
    if not smiles:
        sys.exit(f"{directory}: no *.csv.gz file with a column 'smiles'")
    return sorted(smiles)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--sample", type=int, help="this many molecules, drawn with a fixed seed")
    parser.add_argument("--processes", type=int)
    parser.add_argument("--list", type=pathlib.Path, help="write every difference here")
    options = parser.parse_args()
    smiles = read(options.directory)
    if options.sample:
        smiles = random.Random(1).sample(smiles, min(options.sample, len(smiles)))

    listed = subprocess.run([options.dump, "--list"], capture_output=True, text=True, check=True)
    table = [line.split("\t") for line in listed.stdout.splitlines()]
    run = subprocess.run(
        [options.dump], input="\n".join(smiles) + "\n", capture_output=True, text=True, check=True
    )
    names, *rows = run.stdout.splitlines()
    names = names.split("\t")
    with multiprocessing.Pool(options.processes) as pool:
        theirs = pool.map(oracle, smiles, chunksize=50)

    columns = {name: i for i, (name, _) in enumerate(Descriptors._descList)}
    different = {name: [] for name in names}
    compared = 0
    for s, row, expected in zip(smiles, rows, theirs):
        if row.startswith("!") or expected is None:
            continue
        compared += 1
        values = [float(v) for v in row.split("\t")]
        for (name, _, rdkit), value in zip(table, values):
            if rdkit and not equal(value, expected[columns[rdkit]]):
                different[name].append((s, value, expected[columns[rdkit]]))

    lines = [TEXT.format(version=rdBase.rdkitVersion, compared=compared, count=len(table))]
    for name, definition, rdkit in table:
        share = f"{1 - len(different[name]) / compared:.3%}" if rdkit else "–"
        definition = definition.replace("|", "\\|")
        if name.startswith("fr_"):
            definition = f"matches of `{definition}`"
        lines.append(f"| `{name}` | {definition} | {f'`{rdkit}`' if rdkit else '–'} | {share} |\n")
    missing = [n for n in columns if n not in {r for _, _, r in table}]
    lines.append(f"\nDescriptors of RDKit without a counterpart here: {', '.join(missing) or 'none'}.\n")
    options.output.write_text("".join(lines))
    if options.list:
        options.list.write_text(
            "".join(f"{n}\t{s}\t{a}\t{b}\n" for n, d in different.items() for s, a, b in d)
        )
    for name, found in sorted(different.items(), key=lambda item: -len(item[1])):
        if found:
            s, a, b = min(found, key=lambda f: len(f[0]))
            print(f"{name:<28} {len(found):>6} of {compared}   {a:.6g} here, {b:.6g} there: {s[:100]}")
    print(f"{compared} molecules, {sum(map(bool, different.values()))} descriptors ever differ")


TEXT = """# Descriptors

Written by `cargo xtask descriptors`; do not edit. {count} descriptors in the order of
`chmr::features::descriptors::DESCRIPTORS`, the names by which a model file asks for them.

*Equal* is the share of {compared} benchmark molecules (`--sample {compared}` where that is not all) whose value agrees with RDKit {version} within
1e-4 relative, or is undefined in both. Undefined is a value that is not finite: partial charges and
what is made of them where an element has no Gasteiger parameters; `Ipc` and `AvgIpc` above 256 atoms
or where whole numbers of 128 bits do not hold the polynomial; spiro and bridgehead atoms above 1,000
rings.

Where values depart from RDKit's, on purpose:

- `Ipc`, `AvgIpc`: the coefficients of the characteristic polynomial are whole numbers and computed as
  such; RDKit's double precision is inexact beyond 2^53, and then depends on the order of the atoms.
- `MinPartialCharge` and its kin: where some atom's charge is not a number, so is the extreme; RDKit's
  depends on which atom comes last.
- `NumAtomStereoCenters`, `NumUnspecifiedAtomStereoCenters` and `SPS` are left out: the descriptors
  look at the graph without stereo.
- A search for a fragment ends after 200,000 steps: a count may be too low on very large cages.

Time and memory are bounded: all-pairs distances take atoms × bonds steps without keeping the matrix,
eigenvalues of the Burden matrices at most 320 sparse products.

| name | definition | RDKit | equal |
|---|---|---|---|
"""

if __name__ == "__main__":
    main()
