"""Latents and raw outputs of a model's networks: the library beside onnxruntime.

usage: networks.py NETWORKS_DUMP MODEL CSV

Both run on the structure vectors and graphs that the library computes for the SMILES of the CSV file's first
2,000 rows; what a network reads of stages is computed by onnxruntime too. Fails where a difference exceeds
1e-4 of outputs around 1 to 10, sums of some 1,400 to 2,200 and 500 terms in f32. Where something quantized is on the way, a number
near the middle between two steps may be rounded to the other one: there the mean square of the differences must be below 5e-4 of the
variance of the values, about what the rounding itself changes; several roundings follow each other, and what one moves the next ones magnify.
"""

import csv
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import onnx
import onnxruntime

import graph_networks

ROWS, LIMIT, SHARE = 2000, 1e-4, 5e-4


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


def quantized(archive, path):
    """Whether a network rounds what it reads."""
    content = archive.read(path)
    return not path.endswith(".safetensors") and any(
        tensor.name == "steps" for tensor in onnx.load_model_from_string(content).graph.initializer)


def session(content):
    onnx.checker.check_model(onnx.load_model_from_string(content), full_check=True)
    options = onnxruntime.SessionOptions()
    # Else it takes int8 weights for a wish to round the inputs to int8 too, and errs by a hundredth.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run(archive, path, x):
    content = archive.read(path)
    if path.endswith(".safetensors"):
        content = trees(path, content, x.shape[1])
    return session(content).run(["y"], {"x": np.ascontiguousarray(x)})[0]


def run_graphs(archive, path, folder):
    """A graph network's values of the molecules whose arrays stand in `folder`."""
    network = session(archive.read(path))
    wanted = {port.name for port in network.get_inputs()}
    sizes, arrays = graph_networks.read(folder)
    feeds = graph_networks.batches(sizes, arrays, 256)
    return np.concatenate([network.run(["y"], {k: v for k, v in feed.items() if k in wanted})[0] for feed in feeds])


def main(dump, model, path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        smiles = [row["smiles"] for _, row in zip(range(ROWS), csv.DictReader(file))]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([dump, model, folder], input="\n".join(smiles).encode(), check=True)
        compare(model, folder, len(smiles))


def compare(model, folder, molecules):
    with zipfile.ZipFile(model) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        structure = manifest["structure"]
        width = len(structure["descriptors"]) + structure["maccs_bits"] + structure["morgan_bits"]
        tasks, stages = len(manifest["tasks"]), manifest.get("stages", [])
        latents = manifest.get("codebook", {}).get("latents", [])
        widths = {stage["name"]: stage["width"] for stage in stages}
        columns = width + tasks + sum(widths[name] for name in latents)
        values = np.fromfile(folder / "values", "<f4").reshape(-1, columns)
        x, ours = values[:, :width], values[:, width:width + tasks]
        print(f"{len(x)} of {molecules} molecules, {tasks} tasks, {len(stages)} stages")
        known = {"structure": x}

        def joined(reads):
            return np.hstack([known[name] for name in reads])

        # What comes of rounded numbers.
        rounded = set()
        for stage in stages:
            reads = stage["reads"]
            if quantized(archive, stage["path"]) or rounded & set(reads):
                rounded.add(stage["name"])
            known[stage["name"]] = (
                run_graphs(archive, stage["path"], folder) if reads == ["graph"] else run(archive, stage["path"], joined(reads)))
        failed = []

        def judge(name, theirs, ours, is_rounded):
            difference = np.abs(theirs - ours).max()
            share = ((theirs - ours) ** 2).mean() / theirs.var(0).mean()
            if not (share <= SHARE if is_rounded else difference <= LIMIT):
                failed.append(name)
            print(f"{name:<12} |y| <= {np.abs(theirs).max():.1f}, largest difference {difference:.1e}, mean square {share:.1e} of the "
                  f"variance{', rounded' if is_rounded else ''}")

        start = width + tasks
        for name in latents:
            end = start + widths[name]
            judge(name, known[name], values[:, start:end], name in rounded)
            start = end
        for network in manifest["networks"]:
            reads = network.get("reads", ["structure"])
            members = [run(archive, member, joined(reads)) for member in network["members"]]
            is_rounded = bool(rounded & set(reads)) or any(quantized(archive, member) for member in network["members"])
            judge(network["name"], np.mean(members, 0), ours[:, network["tasks"]], is_rounded)
    if len(x) < 1000:
        sys.exit("fewer than 1,000 molecules were compared")
    if failed:
        sys.exit(f"beyond the bounds: {', '.join(failed)}")


main(*sys.argv[1:])
