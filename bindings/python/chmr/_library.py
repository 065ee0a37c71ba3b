"""Known molecules: reference libraries, and tables that are searched from their files."""

from __future__ import annotations

import os
from typing import Any, Iterable, NamedTuple, Optional, Sequence, Union

from . import _chmr
from ._errors import ArgumentError
from ._molecules import Molecules, Rows
from ._neighbors import Neighbors
from ._progress import Progress, shown
from ._result import matrix

Path = Union[str, "os.PathLike[str]"]


class Modality(NamedTuple):
    """What was observed of one kind."""

    name: str
    #: Number of observed profiles.
    profiles: int
    features: list[str]
    #: Second names of the features, such as gene symbols; may be empty.
    labels: list[str]
    source: str
    licence: str


class Library:
    """Known molecules, and profiles that were observed of some of them. Immutable: what adds to it gives another."""

    def __init__(self, inner: _chmr.Library) -> None:
        self._inner = inner

    @classmethod
    def open(cls, path: Path) -> Library:
        """The library file at ``path``."""
        return cls(_chmr.Library.open(path))

    @classmethod
    def build(
        cls,
        molecules: Molecules,
        ids: Optional[Iterable[Any]] = None,
        *,
        smiles_column: Optional[str] = None,
        id_column: Optional[str] = None,
    ) -> Library:
        """Of molecules alone, named by ``ids``, else by their file, else by their numbers from 1.

        Raises:
            MoleculeError: for the first that cannot be read.
        """
        rows = Rows(molecules, smiles_column, id_column)
        return cls(_chmr.Library.of(rows.batch, rows.names(ids)))

    def with_profiles(
        self,
        modality: str,
        values: Any,
        features: Optional[Sequence[str]] = None,
        *,
        asinh: bool = False,
        power: int = 2,
        noise: float = 2.0,
        balance: float = 0.5,
    ) -> Library:
        """The library with observed profiles.

        Args:
            modality: its name: letters, digits and ``_``.
            values: molecules of the library x features, a row of NaN where nothing was observed.
            features: their names; by default the columns of a frame.
            asinh: whether values go through the inverse hyperbolic sine, for heavy tails.
            power: what similarity is raised to, 1 to 16.
            noise: variance of one observation over that which structure explains.
            balance: how far rows are brought to one magnitude, 0 to 1.
        """
        if features is None:
            features = getattr(values, "columns", None)
        if features is None:
            raise ArgumentError("features: name the columns of values")
        names = [str(f) for f in features]
        given = matrix(values, "values")
        return Library(
            self._inner.with_profiles(modality, names, given, asinh, power, noise, balance)
        )

    def with_activity(
        self,
        modality: str,
        molecules: Molecules,
        names: Sequence[str],
        values: Any,
        *,
        weight: float = 1.0,
    ) -> Library:
        """The library told how strongly compounds act in the assay of a modality: ``values`` are compounds x ``names``, NaN
        where nothing was measured."""
        rows = Rows(molecules)
        given = matrix(values, "values")
        return Library(self._inner.with_activity(modality, rows.batch, list(names), given, weight))

    def save(self, path: Path) -> None:
        """Writes a library file, which appears when it is complete."""
        self._inner.save(path)

    @property
    def ids(self) -> list[str]:
        """Ids of the molecules."""
        return self._inner.ids()

    @property
    def smiles(self) -> list[str]:
        """SMILES of the molecules."""
        return self._inner.smiles()

    @property
    def modalities(self) -> dict[str, Modality]:
        """What was observed, by name."""
        return {m[0]: Modality(*m) for m in self._inner.modalities()}

    def __len__(self) -> int:
        return len(self._inner)

    def __repr__(self) -> str:
        told = ", ".join(f"{m.profiles} x {len(m.features)} {m.name}" for m in self.modalities.values())
        return f"<chmr.Library: {len(self)} molecules; {told or 'no profiles'}>"


class FingerprintTable:
    """Up to hundreds of millions of molecules in a file, which is mapped, not read: see ``chmr library pack``."""

    def __init__(self, path: Path) -> None:
        self._inner = _chmr.FingerprintTable.open(path)

    @classmethod
    def open(cls, path: Path) -> FingerprintTable:
        """The table at ``path``."""
        return cls(path)

    @classmethod
    def build(
        cls,
        path: Path,
        molecules: Molecules,
        ids: Optional[Iterable[Any]] = None,
        *,
        smiles_column: Optional[str] = None,
        id_column: Optional[str] = None,
    ) -> FingerprintTable:
        """Writes molecules as a table, Morgan bits of radius 2 in 1024, and opens it."""
        rows = Rows(molecules, smiles_column, id_column)
        _chmr.FingerprintTable.write(rows.batch, rows.names(ids), path)
        return cls(path)

    @property
    def bits(self) -> int:
        return self._inner.bits

    @property
    def radius(self) -> int:
        return self._inner.radius

    def neighbors(
        self,
        molecules: Molecules,
        k: int = 10,
        *,
        threshold: float = 0.0,
        threads: int = 0,
        progress: Progress = None,
        smiles_column: Optional[str] = None,
        id_column: Optional[str] = None,
    ) -> Neighbors:
        """As :meth:`Model.neighbors`, among the molecules of the table."""
        rows = Rows(molecules, smiles_column, id_column)
        with shown(progress) as tell:
            return Neighbors(rows, *self._inner.neighbors(rows.batch, k, threshold, threads, tell))

    def __len__(self) -> int:
        return len(self._inner)
