"""A person's own assays: the training program behind a function."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any, Mapping, Optional, Sequence, Union

from ._errors import ChmrError
from ._model import Model, find, load

if TYPE_CHECKING:
    Path = Union[str, "os.PathLike[str]"]

#: Names the training program.
VARIABLE = "CHMR_TRAINING"
NAME = "chmr-training"


def fit(
    data: Any,
    output: Path,
    *,
    model: Path = "default",
    tasks: Optional[Sequence[str]] = None,
    units: Optional[Mapping[str, str]] = None,
    kinds: Optional[Mapping[str, str]] = None,
    dataset: Optional[str] = None,
    smiles_column: Optional[str] = None,
    only: bool = False,
    options: Sequence[str] = (),
    program: Optional[Path] = None,
) -> Model:
    """Trains heads for your own measurements on a model's frozen part, and opens the new model, which has them besides
    the old tasks.

    The work is done by the program ``chmr-training`` (``chmr-training finetune --help`` tells its options), which is not part
    of this package: ``cargo build --release --manifest-path training/Cargo.toml`` in a checkout of chmr makes it.

    Args:
        data: a CSV or TSV file, or a pandas or Polars frame: a column of SMILES, and a column a task.
        output: the new model file.
        model: the one that it starts from, as for :func:`load`.
        tasks: columns that are tasks; recognised otherwise.
        units: of columns, such as ``{"logS": "log10 mol/L"}``.
        kinds: of columns, ``classification`` or ``regression``; recognised otherwise.
        dataset: the first part of the new tasks' names; by default the file's name.
        smiles_column: recognised otherwise.
        only: leave out the old tasks.
        options: more of the program's options, such as ``["--seeds", "5"]``.
        program: where it is; by default what ``CHMR_TRAINING`` names, or what is found on the path.
    """
    command = [_program(program), "finetune", "--model", find(model), "--output", os.fspath(output)]
    with tempfile.TemporaryDirectory() as folder:
        if hasattr(data, "columns"):
            table = os.path.join(folder, f"{dataset or 'assays'}.csv")
            data.write_csv(table) if hasattr(data, "write_csv") else data.to_csv(table, index=False)
        else:
            table = os.fspath(data)
        command += ["--data", table, "--run", os.path.join(folder, "run")]
        for name, value in (("--dataset", dataset), ("--smiles", smiles_column)):
            command += [] if value is None else [name, value]
        command += ["--only"] if only else []
        for task in tasks or ():
            command += ["--task", task]
        for name, pairs in (("--unit", units), ("--kind", kinds)):
            for column, value in (pairs or {}).items():
                command += [name, f"{column}={value}"]
        done = subprocess.run([*command, *options], check=False)
    if done.returncode != 0:
        raise ChmrError(f"{command[0]} ended with status {done.returncode}; it said why on standard error")
    return load(output)


def _program(named: Optional[Path]) -> str:
    named = named or os.environ.get(VARIABLE)
    found = shutil.which(os.fspath(named)) if named else shutil.which(NAME)
    if found is None:
        raise ChmrError(
            f"the training program {os.fspath(named or NAME)} is not there. It is not part of this package: build it in a checkout "
            "of chmr by `cargo build --release --manifest-path training/Cargo.toml`, and name it by fit(program=…), "
            f"in the environment variable {VARIABLE}, or put it on the path"
        )
    return found
