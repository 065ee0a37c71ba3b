"""What all results have in common: a status a row, and ways into frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Iterator, Optional, Sequence, Union

from . import _chmr

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from ._molecules import Rows

#: A named column: an array of one dimension, or texts.
Column = tuple[str, Union["_chmr.Array", Sequence[Optional[str]]]]


class Result:
    """Rows, one a molecule, in their order.

    Its columns go to Arrow by the PyCapsule interface (``pyarrow.table(result)``, ``polars.DataFrame(result)``,
    DuckDB …), numbers without a copy.
    """

    #: A word a row: ``ok``, or the kind of fault (``empty``, ``syntax``, ``element``, ``valence``, ``aromaticity``,
    #: ``limit``, ``unsupported``, ``input``, ``template``, ``failed``).
    status: list[str]
    #: Why a row was refused; ``None`` for good rows.
    reason: list[Optional[str]]
    #: What the file calls its rows; ``None`` where molecules did not come from one.
    ids: Optional[list[str]]

    def __init__(self, rows: Rows, status: list[str], reason: list[Optional[str]]) -> None:
        self.status = status
        self.reason = reason
        self.ids = rows.ids
        self._index = rows.index

    def __len__(self) -> int:
        return len(self.status)

    @property
    def ok(self) -> list[bool]:
        """Whether each row is good."""
        return [status == "ok" for status in self.status]

    def _names(self) -> list[Column]:
        """The columns before the numbers."""
        ids: list[Column] = [] if self.ids is None else [("id", self.ids)]
        return [*ids, ("status", self.status), ("reason", self.reason)]

    def _matrix(self) -> Optional[tuple[list[str], _chmr.Array]]:
        """Names and numbers of the columns that lie in one array."""
        return None

    def _more(self) -> Iterator[Column]:
        """The columns behind them."""
        return iter(())

    def _table(self) -> _chmr.Table:
        columns = self._names()
        matrix = self._matrix()
        if matrix is not None:
            columns += [(name, matrix[1].column(i)) for i, name in enumerate(matrix[0])]
        columns += self._more()
        rows = len(columns[0][1])
        return _chmr.Table(rows, [(n, c if isinstance(c, _chmr.Array) else list(c)) for n, c in columns])

    def __arrow_c_schema__(self) -> object:
        return self._table().__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self._table().__arrow_c_array__(requested_schema)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> pa.Table:
        """A ``pyarrow.Table`` over the same memory."""
        import pyarrow as pa

        return pa.table(self._table())

    def to_polars(self) -> pl.DataFrame:
        """A Polars frame over the same memory."""
        import polars as pl

        return pl.DataFrame(self._table())

    def to_pandas(self, copy: bool = True) -> pd.DataFrame:
        """A pandas frame. A Series' index is kept. Without ``copy`` the numbers lie in the same memory, and cannot be
        written to."""
        import pandas as pd

        def of(columns: Iterable[Column]) -> dict[str, Any]:
            return {n: view(c) if isinstance(c, _chmr.Array) else list(c) for n, c in columns}

        names = of(self._names())
        rows = len(next(iter(names.values())))
        index = self._index if self._index is not None and len(self._index) == rows else pd.RangeIndex(rows)
        parts = [pd.DataFrame(names, index=index)]
        matrix = self._matrix()
        if matrix is not None:
            values = view(matrix[1])
            values = values.copy(order="K") if copy else values
            parts.append(pd.DataFrame(values, columns=matrix[0], index=index, copy=False))
        more = of(self._more())
        if more:
            parts.append(pd.DataFrame(more, index=index))
        return parts[0] if len(parts) == 1 else pd.concat(parts, axis=1)


def view(array: _chmr.Array) -> np.ndarray:
    """As NumPy's, over the same memory; read-only."""
    import numpy as np

    return np.asarray(array)


def as_array(array: _chmr.Array, dtype: Any, copy: Optional[bool]) -> np.ndarray:
    """What ``__array__`` gives."""
    import numpy as np

    values = np.asarray(array)
    if dtype is not None and np.dtype(dtype) != values.dtype:
        if copy is False:
            raise ValueError(f"a copy is needed to make {dtype} of {values.dtype}")
        return values.astype(dtype)
    return values.copy() if copy else values


def matrix(values: Any, what: str) -> tuple[bytes, int, int]:
    """Rows of numbers as bytes of float32, their number and their length; of NumPy's, a frame's or lists."""
    try:
        import numpy as np
    except ImportError:
        from array import array

        rows = [list(row) for row in values]
        width = len(rows[0]) if rows else 0
        if any(len(row) != width for row in rows):
            raise ValueError(f"{what}: rows of different lengths") from None
        return array("f", [v for row in rows for v in row]).tobytes(), len(rows), width
    floats = np.ascontiguousarray(values, dtype=np.float32)
    if floats.ndim != 2:
        raise ValueError(f"{what}: {floats.ndim} dimensions; expected rows x columns")
    return floats.tobytes(), floats.shape[0], floats.shape[1]
