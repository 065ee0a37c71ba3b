"""How long a user waits: the import, opening the model, the first prediction, in fresh processes. Medians by the clock, and in
brackets of processor time, which other programs on the machine disturb less.

    target/venv/python-bare/bin/python bindings/python/benches/startup.py
"""

import json
import pathlib
import statistics
import subprocess
import sys

ROUNDS = 7
CODE = """
import json, sys, time
def now(): return time.perf_counter(), time.process_time()
times = [now()]
import chmr
times.append(now())
model = chmr.load()
times.append(now())
model.predict("CC(=O)Oc1ccccc1C(=O)O", sys.argv[1] or None)
times.append(now())
print(json.dumps([[e - s for s, e in zip(a, b)] for a, b in zip(times, times[1:])]))
"""


def main() -> None:
    for tasks in ("", "biogen/*"):
        found = [
            json.loads(subprocess.check_output([sys.executable, "-c", CODE, tasks]))
            for _ in range(ROUNDS)
        ]
        parts = [
            f"{what} {statistics.median(f[i][0] for f in found):.3f} s ({statistics.median(f[i][1] for f in found):.3f})"
            for i, what in enumerate(("import", "open", "first prediction"))
        ]
        print(f"{tasks or 'all tasks'}: {', '.join(parts)}")
    import chmr

    folder = pathlib.Path(chmr.__file__).parent
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"installed: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
