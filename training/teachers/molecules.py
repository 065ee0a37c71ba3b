"""The molecules that a student learns the teacher's values on: one canonical SMILES a line, with its sources.

python molecules.py --data DATA --output DIR

DIR/molecules.tsv   smiles, source; the small benchmarks' training splits, then all others shuffled, so that any prefix is a fair sample
DIR/held_out.tsv    molecules on which the student is measured and never trained: a sample of the benchmarks' valid and
                    test splits, and a whole source (`--source-held-out`)

No molecule of a benchmark's valid or test split gets into molecules.tsv: the first 14 characters of the InChIKey decide,
of the whole and of the largest fragment. Both files are written beside and renamed.
"""

import argparse
import csv
import gzip
import os
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")
BENCHMARKS = ["biogen", "chembl2k", "broad6k", "toxcast", "bace", "bbbp", "clintox", "sider", "hiv"]
LABELLED = ["activity_pchembl", "adme", "chembl_targets691", "cyp_inhibition", "drugmatrix", "pkis2_inhibition", "tox21", "muv_sample"]
OTHER = ["morphology/jump_activity.csv.gz", "expression/l1000_activity_counts.csv.gz", "graph/repurposing_hub.csv.gz"]
# Beyond this size a molecule tells little about drugs and takes the teacher seconds.
MOST_ATOMS = 100


def read(path):
    """Rows of a table as dictionaries; the structure column is `smiles` in every one."""
    with gzip.open(path, "rt", newline="") as file:
        yield from csv.DictReader(file)


def keys(molecule):
    """First blocks of the InChIKeys of a molecule and of its largest fragment."""
    found = {Chem.MolToInchiKey(molecule)[:14]}
    fragments = Chem.GetMolFrags(molecule, asMols=True, sanitizeFrags=False)
    if len(fragments) > 1:
        found.add(Chem.MolToInchiKey(max(fragments, key=lambda part: part.GetNumHeavyAtoms()))[:14])
    return found - {""}


def canonical(smiles):
    """(canonical SMILES, keys), or None for what the teacher cannot take."""
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or not 2 <= molecule.GetNumAtoms() <= MOST_ATOMS:
        return None
    return Chem.MolToSmiles(molecule), keys(molecule)


def write(path, rows):
    beside = path.with_suffix(".part")
    with open(beside, "w") as file:
        file.write("smiles\tsource\n")
        file.writelines(f"{smiles}\t{source}\n" for smiles, source in rows)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHMR_DATA", "../shared/data")))
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--source-held-out", default="natural", help="a source of molecules.csv.gz kept for measuring")
    parser.add_argument("--held-out", type=int, default=2000, help="molecules of each benchmark and source kept for measuring, at most")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    pick = random.Random(0)

    # HIV's 32,000 molecules are no more worth than as many others.
    tiers, withheld = [[], []], {}
    for name in BENCHMARKS:
        for row in read(arguments.data / "benchmarks" / f"{name}.csv.gz"):
            if row["split"] == "train":
                tiers[name == "hiv"].append((row["smiles"], name))
            else:
                withheld.setdefault(name, []).append(row["smiles"])
    for name in LABELLED:
        seen = dict.fromkeys(row["smiles"] for row in read(arguments.data / "pretrain/labelled" / f"{name}.csv.gz"))
        tiers[1].extend((smiles, name) for smiles in seen)
    for name in OTHER:
        tiers[1].extend((row["smiles"], Path(name).name.split(".")[0]) for row in read(arguments.data / "pretrain" / name))
    apart = []
    for row in read(arguments.data / "pretrain/molecules.csv.gz"):
        if row["source"] == arguments.source_held_out:
            apart.append(row["smiles"])
        else:
            tiers[1].append((row["smiles"], row["source"]))

    with ProcessPoolExecutor(arguments.processes) as pool:
        guarded, held, known = set(), [], set()
        for name, smiles in withheld.items():
            found = [entry for entry in pool.map(canonical, smiles, chunksize=256) if entry]
            guarded.update(key for _, block in found for key in block)
            held.extend((text, name) for text, _ in pick.sample(found, min(len(found), arguments.held_out)))
        found = [entry for entry in pool.map(canonical, pick.sample(apart, min(len(apart), arguments.held_out)), chunksize=256) if entry]
        # A source is held out by connectivity, too.
        guarded.update(key for _, block in found for key in block)
        held.extend((text, arguments.source_held_out) for text, _ in found)
        write(arguments.output / "held_out.tsv", dict(held).items())

        rows, refused = [], 0
        for tier in tiers:
            pick.shuffle(tier)
            for (_, source), entry in zip(tier, pool.map(canonical, [smiles for smiles, _ in tier], chunksize=1024)):
                if entry is None or guarded & entry[1]:
                    refused += 1
                elif entry[0] not in known:
                    known.add(entry[0])
                    rows.append((entry[0], source))
    write(arguments.output / "molecules.tsv", rows)
    print(f"{len(rows)} molecules to learn from, {len(held)} held out; {refused} refused, of a held-out molecule or unreadable")


if __name__ == "__main__":
    main()
