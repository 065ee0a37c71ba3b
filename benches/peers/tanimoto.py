"""Top-10 Tanimoto search: chmr against FPSim2's C++ core and faiss, one thread, in one run.

Usage: python tanimoto.py SMILES_FILE [ROWS]

SMILES_FILE (.gz or plain, SMILES in the first column) is fingerprinted with RDKit (Morgan, radius 2, 1,024
bits) and resampled with six flipped bits a row to ROWS (default 1,000,000). The rounds of the programs
alternate; the figures are medians. Needs FPSim2, faiss-cpu, rdkit, numpy; build ours first:
cargo build --release --example tanimoto_scan
"""

import gzip
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from FPSim2.FPSim2lib import GenericSearch
from FPSim2.io.chem import METRICS
from rdkit import Chem, RDLogger
from rdkit.Chem import rdFingerprintGenerator

RDLogger.DisableLog("rdApp.*")
BITS, QUERIES, THRESHOLDS, ROUNDS = 1024, 64, ("0.0", "0.5", "0.7"), 5
ROOT = pathlib.Path(__file__).resolve().parents[2]


def fingerprints(path, limit=60_000):
    opener = gzip.open if path.endswith(".gz") else open
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=BITS)
    rows = []
    with opener(path, "rt") as lines:
        for line in lines:
            mol = Chem.MolFromSmiles(line.replace(",", " ").split()[0]) if line.strip() else None
            if mol is not None and mol.GetNumAtoms():
                rows.append(np.packbits(generator.GetFingerprintAsNumPy(mol), bitorder="little"))
            if len(rows) == limit:
                break
    return np.array(rows).view(np.uint64)


def main():
    source, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    rng = np.random.default_rng(0)
    base = fingerprints(source)
    rows = base[rng.integers(0, len(base), count)].copy()
    for _ in range(6):
        column, bit = rng.integers(0, BITS // 64, count), rng.integers(0, 64, count).astype(np.uint64)
        rows[np.arange(count), column] ^= np.uint64(1) << bit
    queries = base[rng.integers(0, len(base), QUERIES)]

    counts = np.bitwise_count(rows).sum(1).astype(np.uint64)
    order = np.argsort(counts, kind="stable")
    table = np.zeros((count, BITS // 64 + 2), np.uint64)
    table[:, 0], table[:, 1:-1], table[:, -1] = order, rows[order], counts[order]
    query_counts = np.bitwise_count(queries).sum(1)

    def fpsim2(threshold):
        times = []
        for query, n in zip(queries, query_counts):
            row = np.zeros(table.shape[1], np.uint64)
            row[1:-1], row[-1] = query, n
            start = time.perf_counter()
            first, last = 0, count
            if threshold:
                first = int(np.searchsorted(table[:, -1], np.uint64(np.ceil(n * threshold))))
                last = int(np.searchsorted(table[:, -1], np.uint64(n / threshold), side="right"))
            GenericSearch(row, table, threshold, 10, METRICS["tanimoto"], first, last)
            times.append((time.perf_counter() - start) * 1e3)
        return statistics.median(times)

    ours = {prefix + t: [] for t in THRESHOLDS for prefix in ("", "mean_", "batch_", "few_")}
    theirs, bandwidth = {t: [] for t in THRESHOLDS}, []
    with tempfile.TemporaryDirectory() as folder:
        rows.tofile(f"{folder}/rows")
        queries.tofile(f"{folder}/queries")
        command = [ROOT / "target/release/examples/tanimoto_scan", f"{folder}/rows", f"{folder}/queries", str(BITS)]
        for _ in range(ROUNDS):
            out = subprocess.run([*command, *THRESHOLDS], check=True, capture_output=True, text=True).stdout
            for name, value in map(str.split, out.splitlines()):
                (bandwidth if name == "read_gb_s" else ours[name]).append(float(value))
            for t in THRESHOLDS:
                theirs[t].append(fpsim2(float(t)))

    gb_s = statistics.median(bandwidth)
    print(f"{count} rows of {BITS} bits, {QUERIES} queries, one thread, medians of {ROUNDS} rounds; read {gb_s:.1f} GB/s")
    print("threshold  chmr ms  FPSim2 ms  FPSim2/chmr  chmr GB/s of rows  of a sum's  chmr ms, together  FPSim2/chmr  mean ms: one by one, 8 a call, all")
    for t in THRESHOLDS:
        a, b = statistics.median(ours[t]), statistics.median(theirs[t])
        c, read = statistics.median(ours["batch_" + t]), count * BITS / 8 / a / 1e6
        print(
            f"{t:>9}  {a:7.3f}  {b:9.3f}  {b / a:11.2f}  {read:17.1f}  {read / gb_s:10.2f}  {c:17.3f}  {b / c:11.2f}"
            f"  {statistics.median(ours['mean_' + t]):19.3f}  {statistics.median(ours['few_' + t]):8.3f}  {c:.3f}"
        )


main()
