"""Imputed profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from . import _chmr
from ._result import Result, as_array, view

if TYPE_CHECKING:
    import numpy as np

    from ._library import Modality
    from ._molecules import Rows


class Imputations(Result):
    """A profile a molecule: ``numpy.asarray(imputations)`` is float32, molecules x features, in the modality's unit; NaN all
    along a refused row."""

    #: The modality's name.
    modality: str
    #: Names of the features, and second names such as gene symbols, if there are any.
    features: list[str]
    labels: list[str]
    #: What each row rests on, ``None`` for a refused one: ``method``, ``nearest`` (similarity of the nearest observed
    #: molecule), ``neighbors`` (of at least 0.3), ``shared``, ``observed`` (features given), ``explained`` (0 to 1), ``hops``,
    #: ``sources`` (id, SMILES, similarity).
    support: list[Optional[dict[str, Any]]]

    def __init__(
        self,
        rows: Rows,
        modality: str,
        known: Optional[Modality],
        values: _chmr.Array,
        spread: _chmr.Array,
        status: list[str],
        reason: list[Optional[str]],
        support: list[Optional[dict[str, Any]]],
        tails: _chmr.Tails,
    ) -> None:
        super().__init__(rows, status, reason)
        self.modality = modality
        self.features = [] if known is None else known.features
        self.labels = [] if known is None else known.labels
        self.support = support
        self._values = values
        self._spread = spread
        self._tails = tails

    @property
    def values(self) -> np.ndarray:
        """The profiles, float32, molecules x features; a read-only view."""
        return view(self._values)

    @property
    def spread(self) -> np.ndarray:
        """Standard deviation of a measurement about each value, 0 where it was given; a read-only view."""
        return view(self._spread)

    def interval(self, coverage: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends, molecules x features, between which a measurement lies with the probability ``coverage``,
        0.5 to 0.99."""
        half = view(self._tails.half_width(coverage))[:, None] * self.spread
        return self.values - half, self.values + half

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> np.ndarray:
        return as_array(self._values, dtype, copy)

    def tolist(self) -> list[list[float]]:
        """As lists, which takes no NumPy."""
        return self._values.tolist()

    def _matrix(self) -> tuple[list[str], _chmr.Array]:
        return self.features, self._values
