"""Agreement of the learned hierarchy with drugs' mechanisms, beside k-means and Ward's method, as a table in Markdown.

usage: hierarchy.py MECHANISMS CODES BITS

MECHANISMS: a line a drug. CODES: `chmr encode --latents` of the same drugs. BITS: `chmr fingerprint` of them. Drugs that were refused
are left out.
"""

import csv
import statistics
import sys

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics import adjusted_mutual_info_score

STARTS = 5


def bits(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    width = max(len(row["fingerprint"]) for row in rows)
    packed = [bytes.fromhex(row["fingerprint"].ljust(width, "0")) for row in rows]
    return np.unpackbits(np.frombuffer(b"".join(packed), np.uint8).reshape(len(rows), -1), axis=1).astype(np.float64)


def main(mechanisms, codes, fingerprints):
    mechanisms = np.array(open(mechanisms).read().splitlines())
    with open(codes, newline="") as file:
        rows = list(csv.DictReader(file))
    path = next(column for column in rows[0] if column.endswith(":path"))
    modality = path.removesuffix(":path")
    values = [column for column in rows[0] if column.removeprefix(f"{modality}:").isdigit()]
    kept = np.array([bool(row[path]) for row in rows])
    mechanisms = mechanisms[kept]
    paths = [row[path] for row in rows if row[path]]
    latents = np.array([[float(row[column]) for column in values] for row in rows if row[path]])
    latents /= np.linalg.norm(latents, axis=1, keepdims=True)
    morgan = TruncatedSVD(50, random_state=0).fit_transform(bits(fingerprints)[kept])
    trees = {name: linkage(x, "ward") for name, x in (("morgan", morgan), ("latents", latents))}

    def agreement(labels):
        return adjusted_mutual_info_score(mechanisms, labels)

    def k_means(x, k):
        return statistics.median(agreement(KMeans(k, n_init=1, random_state=seed).fit_predict(x)) for seed in range(STARTS))

    print(f"{len(paths):,} drugs of {len(set(mechanisms))} mechanisms.\n")
    print("| depth | nodes in use | hierarchy | k-means, Morgan | Ward, Morgan | k-means, latents | Ward, latents |")
    print("|---|---|---|---|---|---|---|")
    # A path begins with the root.
    for depth in range(1, max(map(len, paths))):
        nodes = [path[:depth + 1] for path in paths]
        k = len(set(nodes))
        others = [k_means(morgan, k), agreement(fcluster(trees["morgan"], k, "maxclust")), k_means(latents, k),
                  agreement(fcluster(trees["latents"], k, "maxclust"))]
        print(f"| {depth} | {k} | **{agreement(nodes):.3f}** | " + " | ".join(f"{v:.3f}" for v in others) + " |")


main(*sys.argv[1:])
