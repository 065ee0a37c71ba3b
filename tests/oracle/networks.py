"""Latents and raw outputs of a model's networks: the library beside onnxruntime.

usage: networks.py NETWORKS_DUMP MODEL CSV

Both run on the structure vectors that the library computes for the SMILES of the CSV file's first
2,000 rows; what a network reads of stages is computed by onnxruntime too. Fails where a difference exceeds
1e-4 of outputs around 1 to 10, sums of some 1,400 to 2,200 and 500 terms in f32.
"""

import csv
import gzip
import json
import subprocess
import sys
import zipfile

import numpy as np
import onnx
import onnxruntime

ROWS, LIMIT = 2000, 1e-4


def trees(path, content, width):
    """The trees of a member, which model files keep in a form of their own, as an ONNX file."""
    size = int.from_bytes(content[:8], "little")
    header, kinds = json.loads(content[8:8 + size]), {"F32": "<f4", "U16": "<u2", "U8": "u1", "I8": "i1"}

    def array(name):
        start, end = header[name]["data_offsets"]
        return np.frombuffer(content[8 + size + start:8 + size + end], kinds[header[name]["dtype"]])

    base, features, thresholds, values = map(array, ["base", "feature", "threshold", "value"])
    children, split, leaf, rows, weights = array("children").reshape(-1, 2), 0, 0, [], []
    for tree, (task, leaves) in enumerate(zip(array("task").tolist(), array("leaves").tolist())):
        splits = leaves - 1
        # Leaves are numbered behind the splits.
        links = [[c if c >= 0 else splits - 1 - c for c in pair] for pair in children[split:split + splits].tolist()]
        for i, (true, false) in enumerate(links):
            rows.append((tree, i, int(features[split + i]), float(thresholds[split + i]), true, false, "BRANCH_LEQ"))
        for i in range(leaves):
            rows.append((tree, splits + i, 0, 0.0, 0, 0, "LEAF"))
            weights.append((tree, splits + i, task, float(values[leaf + i])))
        split, leaf = split + splits, leaf + leaves
    names = ["treeids", "nodeids", "featureids", "values", "truenodeids", "falsenodeids", "modes"]
    attributes = {f"nodes_{name}": list(column) for name, column in zip(names, zip(*rows))}
    names = ["treeids", "nodeids", "ids", "weights"]
    attributes |= {f"target_{name}": list(column) for name, column in zip(names, zip(*weights))}
    node = onnx.helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml",
        n_targets=len(base), base_values=base.tolist(), **attributes)
    x, y = (onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["rows", columns])
            for name, columns in [("x", width), ("y", len(base))])
    graph = onnx.helper.make_graph([node], path, [x], [y])
    sets = [onnx.helper.make_opsetid("", 20), onnx.helper.make_opsetid("ai.onnx.ml", 3)]
    return onnx.helper.make_model(graph, opset_imports=sets, ir_version=9).SerializeToString()


def run(archive, path, x):
    content = archive.read(path)
    if path.endswith(".safetensors"):
        content = trees(path, content, x.shape[1])
    onnx.checker.check_model(onnx.load_model_from_string(content), full_check=True)
    options = onnxruntime.SessionOptions()
    # Else it takes int8 weights for a wish to round the inputs to int8 too, and errs by a hundredth.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return session.run(["y"], {"x": np.ascontiguousarray(x)})[0]


def main(dump, model, path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        smiles = [row["smiles"] for _, row in zip(range(ROWS), csv.DictReader(file))]
    raw = subprocess.run(
        [dump, model], input="\n".join(smiles).encode(), stdout=subprocess.PIPE, check=True
    ).stdout
    with zipfile.ZipFile(model) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        structure = manifest["structure"]
        width = len(structure["descriptors"]) + structure["maccs_bits"] + structure["morgan_bits"]
        tasks, stages = len(manifest["tasks"]), manifest.get("stages", [])
        latents = manifest.get("codebook", {}).get("latents", [])
        widths = {stage["name"]: stage["width"] for stage in stages}
        columns = width + tasks + sum(widths[name] for name in latents)
        values = np.frombuffer(raw, "<f4").reshape(len(smiles), columns)
        values = values[np.isfinite(values).all(1)]
        x, ours = values[:, :width], values[:, width:width + tasks]
        print(f"{len(x)} of {len(smiles)} molecules, {tasks} tasks, {len(stages)} stages")
        known = {"structure": x}

        def joined(reads):
            return np.hstack([known[name] for name in reads])

        for stage in stages:
            known[stage["name"]] = run(archive, stage["path"], joined(stage["reads"]))
        worst, start = 0.0, width + tasks
        for name in latents:
            end = start + widths[name]
            difference = np.abs(values[:, start:end] - known[name]).max()
            worst, start = max(worst, difference), end
            print(f"{name:<10} |y| <= {np.abs(known[name]).max():.1f}, largest difference {difference:.1e}")
        for network in manifest["networks"]:
            read = joined(network.get("reads", ["structure"]))
            members = [run(archive, member, read) for member in network["members"]]
            theirs = np.mean(members, 0)
            difference = np.abs(theirs - ours[:, network["tasks"]]).max()
            worst = max(worst, difference)
            print(f"{network['name']:<10} {len(members)} members, |y| <= {np.abs(theirs).max():.1f}, "
                  f"largest difference {difference:.1e}")
    if len(x) < 1000:
        sys.exit("fewer than 1,000 molecules were compared")
    if not worst <= LIMIT:
        sys.exit(f"the largest difference is {worst:.1e}, above {LIMIT:.0e}")


main(*sys.argv[1:])
