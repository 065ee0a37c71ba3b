"""What the tests share. They run against an installed wheel: `cargo xtask python` builds it, installs it into an
environment without anything beside it (`bare`) and into one with all that it knows to use (`full`)."""

import json
import os
import pathlib
import struct
import subprocess
import sys

import pytest

import chmr

ROOT = pathlib.Path(__file__).resolve().parents[3]
DRUGS = ROOT / "examples" / "drugs.smi"
#: Each of a kind of its own; the second, fifth and last are refused.
MIXED = ["CC(=O)Oc1ccccc1C(=O)O", "C(C", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "[Na+].[Cl-]", "C[Xx]", "CCO", ""]
MIXED_STATUS = ["ok", "syntax", "ok", "ok", "element", "ok", "empty"]

#: Present in the full environment, and not in the bare one.
OPTIONAL = ["numpy", "pandas", "polars", "pyarrow", "rdkit", "sklearn", "tqdm", "nbclient"]


def pytest_configure(config):
    # Tests pass over what is not there: so it must be there, or not, as the environment says.
    environment = os.environ.get("CHMR_TEST_ENVIRONMENT")
    for name in OPTIONAL:
        try:
            __import__(name)
            found = True
        except ImportError:
            found = False
        if environment is not None and found != (environment == "full"):
            pytest.exit(f"{name} is {'there' if found else 'missing'} in the {environment} environment", 3)


@pytest.fixture(scope="session")
def model():
    return chmr.load()


@pytest.fixture(scope="session")
def drugs():
    """SMILES, as a list."""
    return [line.split()[0] for line in DRUGS.read_text().splitlines() if line]


@pytest.fixture(scope="session")
def many(drugs):
    """So many molecules that they take seconds, all tasks: chains of drugs, no two alike."""
    return [a + "C" * n + "." + b for n in range(1, 60) for a in drugs for b in drugs]


def single(value):
    """The nearest float32."""
    return struct.unpack("f", struct.pack("f", value))[0]


def same(found, expected):
    """The same numbers to the last bit; NaN where there is none."""
    nan = found != found
    return nan if expected is None else not nan and found == single(expected)


@pytest.fixture
def program():
    """Runs the command line, and gives its JSON lines."""

    def run(*arguments, text=None):
        command = [sys.executable, "-m", "chmr", *map(str, arguments)]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run
