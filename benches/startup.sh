#!/bin/sh
# Start-up plus one molecule through the command line: opening and checking the model, making the
# networks of all tasks ready, predicting. Prints the fastest and the median wall time of 11 runs.
#
#   benches/startup.sh [MODEL]     (the embedded model by default)
set -eu
cd "$(dirname "$0")/.."
cargo build --release --bin chmr --examples
python3 - "$@" <<'PYTHON'
import subprocess, sys, time

command = ["target/release/chmr", "predict", "-", "--input-format", "smi"]
if len(sys.argv) > 1:
    command += ["--model", sys.argv[1]]
times = []
for _ in range(11):
    start = time.perf_counter()
    subprocess.run(command, input=b"CC(=O)Oc1ccccc1C(=O)O aspirin\n", stdout=subprocess.DEVNULL, check=True)
    times.append(time.perf_counter() - start)
times.sort()
print(f"fastest {times[0] * 1e3:.0f} ms, median {times[5] * 1e3:.0f} ms")
PYTHON
