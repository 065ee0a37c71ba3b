"""Whatever molecules come as, on their way to rows."""

from __future__ import annotations

import os
from typing import Any, Iterable, Optional, Union

from . import _chmr
from ._errors import ArgumentError

#: What every function takes as molecules: a SMILES, a molblock, an RDKit molecule, or the path of a file; or a list, a
#: NumPy array, a pandas, Polars or Arrow column of the first three.
Molecules = Union[str, "os.PathLike[str]", Iterable[Any], Any]

#: No SMILES ends so, so that a text which does is a path.
ENDINGS = (
    *(".smi", ".smiles", ".cxsmi", ".cxsmiles", ".csv", ".tsv", ".txt"),
    *(".sdf", ".sd", ".mol", ".pdbqt", ".parquet"),
)


class Rows:
    """Molecules as the extension takes them."""

    def __init__(
        self,
        molecules: Molecules,
        smiles_column: Optional[str] = None,
        id_column: Optional[str] = None,
    ) -> None:
        #: Labels of a pandas Series, which results keep.
        self.index: Any = None
        path = _path(molecules)
        if path is not None:
            self.batch = _chmr.Batch.read(path, smiles_column, id_column)
        else:
            if smiles_column is not None or id_column is not None:
                raise ArgumentError("smiles_column and id_column are for files")
            if type(molecules).__module__.partition(".")[0] == "pandas":
                self.index = getattr(molecules, "index", None)
            self.batch = _chmr.Batch(_items(molecules))
        #: What the file calls its rows.
        self.ids = self.batch.ids

    def __len__(self) -> int:
        return len(self.batch)

    def names(self, ids: Optional[Iterable[Any]]) -> list[str]:
        """Ids for a library: those given, the file's, or the rows' numbers from 1."""
        if ids is not None:
            return [str(i) for i in ids]
        return self.ids or [str(i + 1) for i in range(len(self))]


def _path(molecules: Molecules) -> Optional[str]:
    if isinstance(molecules, os.PathLike):
        return os.fspath(molecules)
    if isinstance(molecules, str):
        name = molecules.lower()
        name = name[:-3] if name.endswith(".gz") else name
        if name.endswith(ENDINGS) and "\n" not in name:
            return molecules
    return None


def _items(molecules: Any) -> list[Any]:
    if isinstance(molecules, str) or _is_rdkit(molecules):
        items: list[Any] = [molecules]
    elif isinstance(molecules, (bytes, dict)) or hasattr(molecules, "columns"):
        kind = type(molecules).__name__
        raise ArgumentError(f"molecules are of type {kind}; expected a column or a list of them")
    elif hasattr(molecules, "to_pylist"):  # Arrow
        items = molecules.to_pylist()
    elif hasattr(molecules, "tolist"):  # NumPy, pandas
        if getattr(molecules, "ndim", 1) > 1 and molecules.size != len(molecules):
            raise ArgumentError("molecules have several columns; expected one")
        items = molecules.reshape(-1).tolist() if hasattr(molecules, "reshape") else molecules.tolist()
    elif hasattr(molecules, "to_list"):  # Polars
        items = molecules.to_list()
    else:
        try:
            items = list(molecules)
        except TypeError:
            kind = type(molecules).__name__
            raise ArgumentError(f"molecules are of type {kind}; expected SMILES, molblocks, RDKit molecules or a path") from None
    if all(type(item) is str for item in items):
        return items
    return [_text(item) for item in items]


def _text(item: Any) -> Any:
    """What the extension takes: it says itself of everything else that it is no molecule."""
    if type(item).__name__ == "NAType":  # pandas.NA
        return None
    return _smiles(item) if _is_rdkit(item) else item


def _is_rdkit(item: Any) -> bool:
    """Told by the names of its classes, as RDKit may not be installed."""
    return any(c.__name__ == "Mol" and c.__module__.startswith("rdkit.") for c in type(item).__mro__)


def _smiles(molecule: Any) -> Optional[str]:
    from rdkit import Chem

    try:
        return str(Chem.MolToSmiles(molecule))
    except Exception:  # What RDKit itself cannot write has no row to be read from.
        return None
