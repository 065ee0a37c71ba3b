"""faiss IndexFlatIP over the 126 nodes of a tree: 1,024 latents of 300 values, one thread.

Beside `cargo bench --bench treevq`. Needs faiss-cpu and numpy.
"""

import time

import faiss
import numpy as np

faiss.omp_set_num_threads(1)
rng = np.random.default_rng(0)
nodes = rng.normal(size=(126, 300)).astype(np.float32)
nodes /= np.linalg.norm(nodes, axis=1, keepdims=True)
latents = rng.normal(size=(1024, 300)).astype(np.float32)
index = faiss.IndexFlatIP(300)
index.add(nodes)
times = []
for _ in range(200):
    start = time.perf_counter()
    index.search(latents, 1)
    times.append(time.perf_counter() - start)
times.sort()
print(f"faiss IndexFlatIP: median {times[100] * 1e6:.0f} us, best {times[0] * 1e6:.0f} us")
