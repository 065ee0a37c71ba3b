"""Fingerprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from . import _chmr
from ._molecules import Molecules, Rows
from ._progress import Progress, shown
from ._result import Result, as_array, view

if TYPE_CHECKING:
    import numpy as np


class Fingerprints(Result):
    """Bits of molecules: ``numpy.asarray(fingerprints)`` is uint8. A refused row has none set."""

    #: ``morgan`` or ``maccs``.
    kind: str
    #: Whether eight bits share a byte.
    packed: bool

    def __init__(
        self,
        rows: Rows,
        kind: str,
        packed: bool,
        values: _chmr.Array,
        status: list[str],
        reason: list[Optional[str]],
    ) -> None:
        super().__init__(rows, status, reason)
        self.kind = kind
        self.packed = packed
        self._values = values

    @property
    def values(self) -> np.ndarray:
        """uint8, molecules x bits, or molecules x bytes if packed; a read-only view."""
        return view(self._values)

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> np.ndarray:
        return as_array(self._values, dtype, copy)

    def tolist(self) -> list[list[int]]:
        """As lists, which takes no NumPy."""
        return self._values.tolist()

    def _matrix(self) -> tuple[list[str], _chmr.Array]:
        return [f"{self.kind}_{i}" for i in range(self._values.shape[1])], self._values


def fingerprint(
    molecules: Molecules,
    kind: str = "morgan",
    *,
    radius: int = 2,
    bits: int = 1024,
    packed: bool = False,
    threads: int = 0,
    progress: Progress = None,
    smiles_column: Optional[str] = None,
    id_column: Optional[str] = None,
) -> Fingerprints:
    """Fingerprints as RDKit has them.

    Args:
        molecules: as for :meth:`Model.predict`.
        kind: ``morgan`` (of ``radius`` bonds, 0 to 10, folded into ``bits``, 8 to 65536) or ``maccs`` (167 bits, as RDKit
            numbers them).
        packed: eight bits a byte, the first in the least significant (``numpy.unpackbits(bitorder="little")``).
        threads, progress, smiles_column, id_column: as for :meth:`Model.predict`.

    Returns:
        uint8, molecules x bits (0 or 1), or molecules x bytes.
    """
    rows = Rows(molecules, smiles_column, id_column)
    with shown(progress) as tell:
        found = _chmr.fingerprint(rows.batch, kind, radius, bits, packed, threads, tell)
    return Fingerprints(rows, kind, packed, *found)
