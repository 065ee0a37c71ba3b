"""Graph networks with made-up weights: the library beside onnxruntime on the same ONNX file.

usage: graph_networks.py GRAPH_DUMP CSV [--time [STORE]]

Fails where a value differs by more than 3e-5 times the larger of it and 1: sums of up to some 3,000 terms, five layers deep, in f32,
whose order differs. In a quantized network a number near the middle between two steps may be rounded to the other one: there the
mean square of the differences must be below 1e-4 of that of the values, a fifth of what the rounding itself changes (5e-4). With `--time`,
networks of several widths and depths instead, f16 or as STORE says, on one thread each, rounds of the two
programs in turn: molecules a second of processor time (medians) of ours and of onnxruntime at its better batch, our multiply-adds a second, the ratio.
"""

import csv
import gzip
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime

LIMIT = 3e-5
QUANTIZED_LIMIT = 1e-4


def read(folder):
    sizes = np.fromfile(folder / "sizes", "<i8").reshape(-1, 2)
    arrays = {
        "atoms": np.fromfile(folder / "atoms", "<i8").reshape(-1, 8),
        "edges": np.fromfile(folder / "edges", "<i8").reshape(-1, 2),
        "bonds": np.fromfile(folder / "bonds", "<i8").reshape(-1, 4),
    }
    walks = np.fromfile(folder / "walks", "<f4").reshape(-1, 16)
    if len(walks):
        arrays["walks"] = walks
    return sizes, arrays


def batches(sizes, arrays, rows):
    """Inputs of `rows` molecules each."""
    atom = np.concatenate([[0], np.cumsum(sizes[:, 0])])
    edge = np.concatenate([[0], np.cumsum(2 * sizes[:, 1])])
    for start in range(0, len(sizes), rows):
        end = min(start + rows, len(sizes))
        atoms, edges = slice(atom[start], atom[end]), slice(edge[start], edge[end])
        shift = np.repeat(atom[start:end] - atom[start], 2 * sizes[start:end, 1])
        feed = {
            "atoms": arrays["atoms"][atoms],
            "bonds": arrays["bonds"][edges],
            "edges": arrays["edges"][edges] + shift[:, None],
            "molecule": np.repeat(np.arange(end - start), sizes[start:end, 0]),
            "count": np.array([end - start]),
        }
        if "walks" in arrays:
            feed["walks"] = arrays["walks"][atoms]
        yield feed


def session(folder):
    content = (folder / "network.onnx").read_bytes()
    onnx.checker.check_model(onnx.load_model_from_string(content), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def dump(program, folder, smiles, *shape):
    out = subprocess.run([program, folder, *map(str, shape)], input="\n".join(smiles).encode(), stdout=subprocess.PIPE, check=True)
    *seconds, multiply_adds = out.stdout.split()
    return [float(s) for s in seconds], int(multiply_adds)


def compare(program, smiles):
    worst = 0
    for shape in [(64, 3, 0, "f32", 0), (128, 4, 1, "f16", 0), (256, 5, 0, "f16", 0), (300, 3, 1, "int8", 0), (256, 5, 1, "quantized", 0)]:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            dump(program, folder, smiles, *shape)
            sizes, arrays = read(folder)
            run = session(folder)
            expected = np.concatenate([run.run(["y"], feed)[0] for feed in batches(sizes, arrays, 256)])
            found = np.fromfile(folder / "y", "<f4").reshape(expected.shape)
        error = np.abs(found - expected) / np.maximum(np.abs(expected), 1)
        print(f"width {shape[0]}, {shape[1]} layers, {shape[3]}{', walks' if shape[2] else ''}: {len(sizes)} molecules, values of "
              f"size {np.abs(expected).mean():.2f}, largest difference {error.max():.1e}")
        if shape[3] == "quantized":
            share = ((found - expected) ** 2).mean() / (expected ** 2).mean()
            print(f"  mean square of the differences: {share:.1e} of the values'")
            if not share <= QUANTIZED_LIMIT:
                sys.exit(f"more than {QUANTIZED_LIMIT}")
            continue
        worst = max(worst, error.max())
    if not worst <= LIMIT:
        sys.exit(f"they differ by {worst:.1e}, more than {LIMIT}")


def timing(program, smiles, store="f16"):
    print("width layers  MMAC/molecule   ours/s  GMAC/s  onnxruntime/s  ratio")
    for width in (64, 128, 256, 300):
        for layers in (3, 4, 5):
            with tempfile.TemporaryDirectory() as name:
                folder, ours, theirs = pathlib.Path(name), [], {64: [], 256: []}
                for _ in range(3):
                    seconds, multiply_adds = dump(program, folder, smiles, width, layers, 0, store, 2)
                    ours += seconds
                    sizes, arrays = read(folder)
                    run = session(folder)
                    for rows, times in theirs.items():
                        feeds = list(batches(sizes, arrays, rows))
                        run.run(["y"], feeds[0])
                        start = time.process_time()
                        for feed in feeds:
                            run.run(["y"], feed)
                        times.append(time.process_time() - start)
            n = len(sizes)
            mine = statistics.median(ours)
            other = min(statistics.median(times) for times in theirs.values())
            print(f"{width:5} {layers:6} {multiply_adds / n / 1e6:14.1f} {n / mine:8.0f} {multiply_adds / mine / 1e9:7.1f} "
                  f"{n / other:14.0f} {other / mine:6.2f}", flush=True)


def main(program, path, *more):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        smiles = [row["smiles"] for _, row in zip(range(600), csv.DictReader(file))]
    if more[:1] == ("--time",):
        timing(program, smiles, *more[1:])
    else:
        compare(program, smiles)


if __name__ == "__main__":
    main(*sys.argv[1:])
