"""The package itself: the program in it, what it says of itself, and the training program that is not in it."""

import os
import subprocess
import sys
from importlib import metadata

import pytest

import chmr


def test_the_command_line():
    told = subprocess.run([sys.executable, "-m", "chmr", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["chmr", chmr.__version__]
    wrong = subprocess.run([sys.executable, "-m", "chmr", "predict", "--nonsense"], capture_output=True, check=False)
    assert wrong.returncode == 2
    script = os.path.join(os.path.dirname(sys.executable), "chmr")
    told = subprocess.run([script, "info"], capture_output=True, text=True, check=True)
    assert chmr.load().name in told.stdout


def test_what_it_says_of_itself():
    about = metadata.metadata("chmr")
    assert about["Version"] == chmr.__version__
    assert {f.name for f in metadata.files("chmr")} >= {"py.typed", "_chmr.pyi", "NOTICE", "default.chmr"}
    assert all(getattr(chmr, name).__doc__ or name == "__version__" for name in chmr.__all__)


def test_importing_takes_nothing_else_along():
    code = "import sys, chmr; print([m for m in ('numpy', 'pandas', 'polars', 'rdkit', 'sklearn', 'tqdm') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_fit_says_how_to_get_its_program(monkeypatch, tmp_path):
    monkeypatch.delenv("CHMR_TRAINING", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(chmr.ChmrError, match="cargo build"):
        chmr.fit("assays.csv", tmp_path / "mine.chmr")


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the program")
def test_fit_runs_its_program(model, tmp_path):
    program = tmp_path / "training"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/told\nwhile [ "$1" != --output ]; do shift; done\ncp {model.path} "$2"\n')
    program.chmod(0o755)
    fitted = chmr.fit(
        "assays.csv",
        tmp_path / "mine.chmr",
        tasks=["logS"],
        units={"logS": "log10 mol/L"},
        dataset="own",
        options=["--seeds", "1"],
        program=program,
    )
    assert fitted.sha256 == model.sha256
    told = (tmp_path / "told").read_text()
    assert told.startswith("finetune --model ") and "--data assays.csv" in told
    assert "--dataset own --task logS --unit logS=log10 mol/L --seeds 1" in told
    program.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(chmr.ChmrError, match="status 3"):
        chmr.fit("assays.csv", tmp_path / "mine.chmr", program=program)
