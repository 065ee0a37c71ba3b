"""Whether shape descriptors of one conformer help prediction: the measurement of docs/shape.md.

Run by hand, the first part where RDKit is installed, the second where PyTorch is:

    python tests/oracle/shape_gain.py features DATA/benchmarks/biogen.csv.gz biogen.npz
    python tests/oracle/shape_gain.py train biogen.npz --seeds 3

`features` embeds one conformer a molecule (ETKDGv3, MMFF94 where it has parameters) and computes
RDKit's descriptors, MACCS keys and Morgan bits, and the shape descriptors of the conformer without
its hydrogens, which are those of `chmr shape`. Only rows of the train and valid splits are read.

`train` fits one network many times, with and without the shape descriptors, on equal seeds, and
prints the metric on the valid split of each: mean ROC-AUC (%) over the tasks, or mean absolute error
times 100. Early stopping looks at that split, for either side alike.
"""

import argparse
import csv
import gzip
import sys

import numpy as np


def shape_of(mol):
    """The shape descriptors in the order of `chmr shape`."""
    from rdkit.Chem import rdMolDescriptors as d

    return (
        list(d.GetUSRCAT(mol))
        + list(d.CalcAUTOCORR3D(mol))
        + [d.CalcPMI1(mol), d.CalcPMI2(mol), d.CalcPMI3(mol), d.CalcNPR1(mol), d.CalcNPR2(mol)]
        + [d.CalcAsphericity(mol), d.CalcEccentricity(mol), d.CalcInertialShapeFactor(mol)]
        + [d.CalcSpherocityIndex(mol), d.CalcRadiusOfGyration(mol)]
    )


def conformer(mol):
    """The molecule with one conformer and without hydrogens; None where embedding fails."""
    from rdkit import Chem
    from rdkit.Chem import AllChem

    full = Chem.AddHs(mol)
    how = AllChem.ETKDGv3()
    how.randomSeed = 1
    how.maxIterations = 50
    if AllChem.EmbedMolecule(full, how) < 0:
        how.useRandomCoords = True
        if AllChem.EmbedMolecule(full, how) < 0:
            return None
    if AllChem.MMFFHasAllMoleculeParams(full):
        AllChem.MMFFOptimizeMolecule(full, maxIters=200)
    return Chem.RemoveHs(full)


def features(args):
    """Writes the arrays of a benchmark file."""
    from rdkit import Chem, RDLogger
    from rdkit.Chem import Descriptors, rdFingerprintGenerator, rdMolDescriptors

    RDLogger.DisableLog("rdApp.*")
    morgan = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    with gzip.open(args.table, "rt", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] in ("train", "valid")]
    tasks = [name for name in rows[0] if name not in ("smiles", "split")]
    flat, bits, shapes, labels, valid = [], [], [], [], []
    missing = 0
    for i, row in enumerate(rows):
        mol = Chem.MolFromSmiles(row["smiles"])
        posed = conformer(mol)
        missing += posed is None
        shapes.append(shape_of(posed) if posed and posed.GetNumAtoms() > 2 else [np.nan] * 150)
        flat.append([f(mol) for _, f in Descriptors.descList])
        keys = rdMolDescriptors.GetMACCSKeysFingerprint(mol)
        bits.append(list(keys) + list(morgan.GetFingerprint(mol)))
        labels.append([float(row[t]) if row[t] else np.nan for t in tasks])
        valid.append(row["split"] == "valid")
        if i % 500 == 0:
            print(f"{i} of {len(rows)}", file=sys.stderr, flush=True)
    print(f"{len(rows)} molecules, {missing} without a conformer")
    np.savez_compressed(
        args.out,
        flat=np.array(flat, np.float32),
        bits=np.array(bits, np.uint8),
        shape=np.array(shapes, np.float32),
        labels=np.array(labels, np.float32),
        valid=np.array(valid),
    )


def scaled(values, train):
    """As `Standardizer` does it: medians of the train split, compressed, standardised, clipped."""
    with np.errstate(all="ignore"):
        values = np.where(np.isfinite(values), values, np.nan)
        median = np.nan_to_num(np.nanmedian(values[train], 0))
    values = np.where(np.isnan(values), median, values)
    values = np.sign(values) * np.log1p(np.abs(values))
    mean, deviation = values[train].mean(0), values[train].std(0)
    return np.clip((values - mean) / np.where(deviation > 1e-6, deviation, 1), -4, 4)


def auc(y, p):
    """Area under the curve, ties halved."""
    order = np.argsort(p, kind="stable")
    _, start, count = np.unique(p[order], return_index=True, return_counts=True)
    ranks = np.empty(len(p))
    ranks[order] = np.repeat(start + (count + 1) / 2, count)
    positive = y.sum()
    return (ranks[y > 0.5].sum() - positive * (positive + 1) / 2) / (positive * (len(y) - positive))


def metric(labels, predicted, classes):
    """Mean over the tasks, times 100."""
    scores = []
    for task in range(labels.shape[1]):
        known = ~np.isnan(labels[:, task])
        y, p = labels[known, task], predicted[known, task]
        if not classes:
            scores.append(np.abs(y - p).mean())
        elif 0 < y.sum() < len(y):
            scores.append(auc(y, p))
    return 100 * np.mean(scores)


def fit(x, labels, train, classes, seed, args):
    """The best predictions on the rows that are not `train`."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    y = torch.tensor(np.nan_to_num(labels[train]))
    known = torch.tensor(~np.isnan(labels[train])).float()
    mean = (y * known).sum(0) / known.sum(0)
    deviation = (((y - mean) * known) ** 2).sum(0).div(known.sum(0)).sqrt()
    net = nn.Sequential(
        nn.Linear(x.shape[1], args.hidden),
        nn.LayerNorm(args.hidden),
        nn.GELU(),
        nn.Dropout(args.dropout),
        nn.Linear(args.hidden, labels.shape[1]),
    )
    with torch.no_grad():
        net[-1].bias.copy_(torch.logit(mean.clamp(1e-3, 1 - 1e-3)) if classes else mean * 0)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-5)
    known_x, other_x = torch.tensor(x[train]), torch.tensor(x[~train])
    best, found, waited = np.inf, None, 0
    for _ in range(args.epochs):
        net.train()
        for batch in torch.randperm(len(known_x)).split(256):
            z = net(known_x[batch])
            if classes:
                loss = nn.functional.binary_cross_entropy_with_logits(z, y[batch], reduction="none")
            else:
                loss = (z * deviation + mean - y[batch]).abs()
            loss = (loss * known[batch]).sum() / known[batch].sum()
            adam.zero_grad()
            loss.backward()
            adam.step()
        net.eval()
        with torch.no_grad():
            z = net(other_x)
        predicted = (z if classes else z * deviation + mean).numpy()
        score = metric(labels[~train], predicted, classes)
        score = -score if classes else score
        waited += 1
        if score < best:
            best, found, waited = score, predicted, 0
        if waited >= args.patience:
            break
    return found


def train(args):
    """Prints a line a choice of columns."""
    data = np.load(args.features)
    train_rows, labels = ~data["valid"], data["labels"]
    classes = set(np.unique(labels[~np.isnan(labels)])) <= {0.0, 1.0}
    bits = data["bits"].astype(np.float32)
    bits = bits[:, bits[train_rows].sum(0) >= 2]
    flat = scaled(data["flat"], train_rows).astype(np.float32)
    shape = scaled(data["shape"], train_rows).astype(np.float32)
    # The same number of columns that say nothing: a conformer of another molecule.
    strange = shape[np.random.default_rng(0).permutation(len(shape))]
    columns = {
        "1D": [flat, bits],
        "1D + shape": [flat, bits, shape],
        "1D + shape of another molecule": [flat, bits, strange],
        "shape alone": [shape],
    }
    for name, parts in columns.items():
        if args.only not in (None, name):
            continue
        x = np.concatenate(parts, 1)
        fits = [fit(x, labels, train_rows, classes, seed, args) for seed in range(args.seeds)]
        scores = [metric(labels[~train_rows], p, classes) for p in fits]
        together = metric(labels[~train_rows], np.mean(fits, 0), classes)
        each = ", ".join(f"{s:.2f}" for s in scores)
        print(
            f"{name}: {np.mean(scores):.2f} ± {np.std(scores, ddof=1) if len(scores) > 1 else 0:.2f}"
            f" ({each}), their mean prediction {together:.2f}",
            flush=True,
        )


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(required=True)
    first = parts.add_parser("features")
    first.add_argument("table")
    first.add_argument("out")
    first.set_defaults(run=features)
    second = parts.add_parser("train")
    second.add_argument("features")
    second.add_argument("--only", metavar="COLUMNS", help="one line of the output, by its name")
    second.add_argument("--seeds", type=int, default=3)
    second.add_argument("--hidden", type=int, default=512)
    second.add_argument("--dropout", type=float, default=0.8)
    second.add_argument("--epochs", type=int, default=60)
    second.add_argument("--patience", type=int, default=12)
    second.set_defaults(run=train)
    args = parser.parse_args()
    args.run(args)


main()
