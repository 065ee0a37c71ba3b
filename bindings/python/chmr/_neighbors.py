"""Similar molecules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator, NamedTuple, Optional

from . import _chmr
from ._result import Column, Result

if TYPE_CHECKING:
    from ._molecules import Rows


class Neighbor(NamedTuple):
    """A molecule of a library."""

    id: str
    smiles: str
    #: Tanimoto similarity, 0 to 1.
    similarity: float


class Neighbors(Result):
    """The neighbours of each molecule: ``neighbors[i]`` are those of molecule ``i``, nearest first. A frame has a row a
    neighbour, with the number of the molecule from 0 as ``row``."""

    def __init__(
        self,
        rows: Rows,
        of: _chmr.Array,
        ids: list[str],
        smiles: list[str],
        similarities: _chmr.Array,
        status: list[str],
        reason: list[Optional[str]],
    ) -> None:
        super().__init__(rows, status, reason)
        self._found = list(map(Neighbor, ids, smiles, similarities.tolist()))
        self._similarities = similarities
        self._of = of
        # Where each molecule's neighbours end among all.
        self._ends = [0] * (len(self) + 1)
        for row in of.tolist():
            self._ends[row + 1] += 1
        for row in range(len(self)):
            self._ends[row + 1] += self._ends[row]

    def __getitem__(self, row: int) -> list[Neighbor]:
        row = range(len(self))[row]
        return self._found[self._ends[row] : self._ends[row + 1]]

    def __iter__(self) -> Iterator[list[Neighbor]]:
        return (self[row] for row in range(len(self)))

    def _names(self) -> list[Column]:
        return [("row", self._of), ("id", [n.id for n in self._found]), ("smiles", [n.smiles for n in self._found])]

    def _more(self) -> Iterator[Column]:
        yield "similarity", self._similarities
