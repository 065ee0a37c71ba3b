#!/bin/sh
# Processor time of two versions of the program, run in turn on one thread, so that a busy machine is as busy for both.
#
#   benches/paired.sh OLD NEW [ROUNDS] -- ARGUMENTS
#   benches/paired.sh ~/before/chmr target/release/chmr 9 -- fingerprint molecules.smi --threads 1
#
# Prints each version's median in seconds and the median of NEW : OLD, round by round; the first round is left out.
set -eu
old=$1 new=$2
shift 2
rounds=7
if [ "$1" != -- ]; then
    rounds=$1
    shift
fi
shift
exec python3 - "$old" "$new" "$rounds" "$@" <<'PYTHON'
import os, statistics, subprocess, sys

old, new, rounds, *arguments = sys.argv[1:]


def seconds(program):
    before = os.times()
    subprocess.run([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


times = []
for turn in range(int(rounds) + 1):
    # Each goes first every other time.
    pair = [seconds(p) for p in ((old, new) if turn % 2 else (new, old))]
    times.append(pair if turn % 2 else pair[::-1])
times = times[1:]
median = lambda values: statistics.median(list(values))
print(f"old {median(t[0] for t in times):.3f} s, new {median(t[1] for t in times):.3f} s, "
      f"new : old {median(t[1] / t[0] for t in times):.3f} "
      f"({min(t[1] / t[0] for t in times):.3f} to {max(t[1] / t[0] for t in times):.3f}), {len(times)} rounds")
PYTHON
