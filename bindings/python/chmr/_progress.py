"""Telling how far a run is."""

from __future__ import annotations

import contextlib
import sys
from typing import Callable, Iterator, Optional, Union

#: ``True`` for a bar, or a function of rows done and rows in all, which ends the run by raising.
Progress = Union[bool, Callable[[int, int], object], None]


@contextlib.contextmanager
def shown(progress: Progress) -> Iterator[Optional[Callable[[int, int], object]]]:
    """The function that the extension calls, from the calling thread and at most twenty times a second."""
    if progress is None or progress is False:
        yield None
        return
    if progress is not True:
        yield progress
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield _counted
        return
    with tqdm(unit="mol") as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield tell


def _counted(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\r{done}/{total} mol", end=end, file=sys.stderr, flush=True)
