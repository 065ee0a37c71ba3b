"""How long a user waits: the import, opening the model, the first prediction, each in fresh processes (medians).

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
start = time.perf_counter()
import chmr
imported = time.perf_counter()
model = chmr.load()
opened = time.perf_counter()
model.predict("CC(=O)Oc1ccccc1C(=O)O", sys.argv[1] or None)
end = time.perf_counter()
print(json.dumps({"import": imported - start, "open": opened - imported, "predict": end - opened, "all three": end - start}))
"""


def main() -> None:
    for tasks in ("", "biogen/*"):
        found = [
            json.loads(subprocess.check_output([sys.executable, "-c", CODE, tasks]))
            for _ in range(ROUNDS)
        ]
        told = ", ".join(f"{what} {statistics.median(f[what] for f in found):.3f} s" for what in found[0])
        print(f"{tasks or 'all tasks'}: {told}")
    import chmr

    folder = pathlib.Path(chmr.__file__).parent
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"installed: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
