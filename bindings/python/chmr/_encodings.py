"""Places in the learned hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator, Optional

from . import _chmr
from ._result import Column, Result, view

if TYPE_CHECKING:
    import numpy as np

    from ._molecules import Rows


class Latents:
    """One modality's part of :class:`Encodings`."""

    def __init__(self, name: str, latents: _chmr.Array, nodes: _chmr.Array, cosines: _chmr.Array) -> None:
        #: The modality's name.
        self.name = name
        self._latents = latents
        self._nodes = nodes
        self._cosines = cosines

    @property
    def values(self) -> np.ndarray:
        """The latents, float32, molecules x width of the hierarchy; NaN for refused rows. A read-only view."""
        return view(self._latents)

    @property
    def nodes(self) -> np.ndarray:
        """The node of each level, int32, molecules x levels; -1 for refused rows."""
        return view(self._nodes)

    @property
    def cosines(self) -> np.ndarray:
        """Cosine of the latent with each of these nodes, float32; NaN for refused rows."""
        return view(self._cosines)


class Encodings(Result):
    """Latents of molecules and their places in the hierarchy, by modality."""

    #: By name, in the model's order.
    latents: dict[str, Latents]

    def __init__(
        self,
        rows: Rows,
        modalities: list[tuple[str, _chmr.Array, _chmr.Array, _chmr.Array]],
        status: list[str],
        reason: list[Optional[str]],
    ) -> None:
        super().__init__(rows, status, reason)
        self.latents = {name: Latents(name, *arrays) for name, *arrays in modalities}

    def __getitem__(self, name: str) -> Latents:
        return self.latents[name]

    def _more(self) -> Iterator[Column]:
        for name, latents in self.latents.items():
            for level in range(latents._nodes.shape[1]):
                yield f"{name}:node_{level + 1}", latents._nodes.column(level)
                yield f"{name}:cosine_{level + 1}", latents._cosines.column(level)
