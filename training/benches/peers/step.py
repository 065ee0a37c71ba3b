"""The step of benches/step.rs in PyTorch: rows a second, best of three rounds. Threads: first argument."""

import sys
import time

import torch

INPUTS, HIDDEN, TASKS, BATCH, STEPS, ROUNDS = 1394, 1200, 617, 256, 20, 3

torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
torch.manual_seed(1)
network = torch.nn.Sequential(
    torch.nn.Linear(INPUTS, HIDDEN),
    torch.nn.LayerNorm(HIDDEN),
    torch.nn.GELU(),
    torch.nn.Dropout(0.8),
    torch.nn.Linear(HIDDEN, TASKS),
)
optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-5)
x = (torch.rand(BATCH, INPUTS) < 0.1).float()
labels = (torch.rand(BATCH, TASKS) < 0.1).float()
mask = (torch.rand(BATCH, TASKS) < 0.5).float()


def step():
    optimizer.zero_grad()
    each = torch.nn.functional.binary_cross_entropy_with_logits(network(x), labels, reduction="none")
    ((each * mask).sum() / mask.sum()).backward()
    optimizer.step()


for _ in range(3):
    step()
best = 0.0
for _ in range(ROUNDS):
    start = time.perf_counter()
    for _ in range(STEPS):
        step()
    best = max(best, STEPS * BATCH / (time.perf_counter() - start))
print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads: {best:.0f} rows/s")
