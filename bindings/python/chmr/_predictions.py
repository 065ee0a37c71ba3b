"""What was predicted, and what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Optional, Union

from . import _chmr
from ._errors import ArgumentError
from ._result import Column, Result, as_array, view

if TYPE_CHECKING:
    import numpy as np

    from ._model import Task
    from ._molecules import Rows


class Predictions(Result):
    """A value a molecule and task: ``numpy.asarray(predictions)`` is float32, molecules x tasks, in the tasks' units
    (a probability for a classification), NaN all along a refused row. It is a read-only view of memory that the frames
    share, column behind column.
    """

    #: What was predicted, a column each.
    tasks: list[Task]
    #: What makes a molecule unlike those that models are made for (no carbon, several components …); mostly empty.
    note: list[str]
    #: Intervals and applicability domain, if asked for by ``trust=True``.
    trust: Optional[Trust]
    #: Name, version and SHA-256 of the model that predicted.
    model: str

    def __init__(
        self,
        rows: Rows,
        tasks: list[Task],
        model: str,
        coverage: float,
        values: _chmr.Array,
        status: list[str],
        reason: list[Optional[str]],
        note: list[str],
        trust: Optional[_chmr.Trust],
    ) -> None:
        super().__init__(rows, status, reason)
        self.tasks = tasks
        self.note = note
        self.model = model
        self._values = values
        self.trust = None if trust is None else Trust(trust, tasks, values, coverage)

    @property
    def values(self) -> np.ndarray:
        """The values, float32, molecules x tasks; a read-only view, not a copy."""
        return view(self._values)

    @property
    def columns(self) -> list[str]:
        """Names of the tasks."""
        return [task.name for task in self.tasks]

    @property
    def shape(self) -> tuple[int, int]:
        """Molecules, tasks."""
        return len(self), len(self.tasks)

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> np.ndarray:
        return as_array(self._values, dtype, copy)

    def __getitem__(self, task: str) -> np.ndarray:
        """The values of one task, float32, a number a molecule; a read-only view."""
        return view(self._values.column(column_of(self.tasks, task)))

    def tolist(self) -> list[list[float]]:
        """As lists, which takes no NumPy."""
        return self._values.tolist()

    def _names(self) -> list[Column]:
        return [*super()._names(), ("note", self.note)]

    def _matrix(self) -> tuple[list[str], _chmr.Array]:
        return self.columns, self._values

    def _more(self) -> Iterator[Column]:
        if self.trust is not None:
            yield from self.trust._table_columns()
            yield "model", [self.model if status == "ok" else None for status in self.status]

    def __repr__(self) -> str:
        refused = len(self) - sum(self.ok)
        return f"<chmr.Predictions: {len(self)} molecules x {len(self.tasks)} tasks, {refused} refused>"


class Trust:
    """How far predictions can be trusted. A task is named, or counted among the columns."""

    def __init__(
        self, inner: _chmr.Trust, tasks: list[Task], values: _chmr.Array, coverage: float
    ) -> None:
        self._inner = inner
        self._tasks = tasks
        self._values = values
        #: Coverages that there are intervals for, ascending.
        self.coverages: list[float] = inner.coverages
        self._index(coverage)
        #: The coverage of the intervals in frames.
        self.coverage = coverage

    def _index(self, coverage: float) -> int:
        for i, known in enumerate(self.coverages):
            if abs(known - coverage) < 1e-6:
                return i
        told = ", ".join(str(c) for c in self.coverages)
        raise ArgumentError(f"coverage {coverage}: the model has intervals for {told}")

    def interval(
        self, task: Union[str, int], coverage: Optional[float] = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper ends, in the task's unit, between which a measurement lies with the probability ``coverage``
        (default: that of the prediction); NaN for classifications and refused rows."""
        index = self._index(self.coverage if coverage is None else coverage)
        lower, upper = self._inner.bounds(self._values, column_of(self._tasks, task), index)
        return view(lower), view(upper)

    def in_domain(self, task: Union[str, int]) -> Optional[np.ndarray]:
        """Whether each molecule is of the kind that the task's data set has; ``None`` where the model cannot tell. Refused
        rows are not."""
        domain = self._domain(task)
        return None if domain is None else view(self._inner.inside(domain))

    def nearest(self, task: Union[str, int]) -> Optional[np.ndarray]:
        """Tanimoto similarity, 0 to 1, of the nearest training molecule of the task's data set; NaN for refused rows."""
        domain = self._domain(task)
        return None if domain is None else view(self._inner.nearest(domain))

    def reason(self, task: Union[str, int]) -> Optional[list[Optional[str]]]:
        """Why each molecule lies outside of the domain; empty where it is inside, ``None`` for refused rows."""
        domain = self._domain(task)
        return None if domain is None else self._inner.reasons(domain)

    def _domain(self, task: Union[str, int]) -> Optional[int]:
        return self._inner.domain_of[column_of(self._tasks, task)]

    def _table_columns(self) -> Iterator[Column]:
        """As ``chmr predict --trust`` calls them."""
        index = self._index(self.coverage)
        for column, task in enumerate(self._tasks):
            if task.kind == "regression":
                lower, upper = self._inner.bounds(self._values, column, index)
                yield f"{task.name} lower", lower
                yield f"{task.name} upper", upper
        told = set()
        for task, domain in zip(self._tasks, self._inner.domain_of):
            if domain is None or domain in told:
                continue
            told.add(domain)
            reasons = self._inner.reasons(domain)
            # The reason is empty inside, and there is none for a refused row.
            places = [None if r is None else "out" if r else "in" for r in reasons]
            yield f"{task.dataset} domain", places
            yield f"{task.dataset} nearest", self._inner.nearest(domain)
            yield f"{task.dataset} reason", reasons


def column_of(tasks: list[Task], task: Union[str, int]) -> int:
    """The column of a task."""
    for i, t in enumerate(tasks):
        if t.name == task or i == task:
            return i
    raise KeyError(f"{task!r} was not predicted")
