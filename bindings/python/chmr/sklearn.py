"""chmr in scikit-learn's pipelines."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Union

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from . import fingerprint, load
from ._errors import MoleculeError

__all__ = ["ChmrFeatures"]


class ChmrFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Molecules to numbers: SMILES, molblocks or RDKit molecules in, float32 out, a row a molecule.

    Args:
        model: as for :func:`chmr.load`.
        features: ``predictions`` of ``tasks``; ``latents`` of the model's hierarchy; or ``morgan`` or ``maccs`` bits.
        tasks: as for :meth:`chmr.Model.predict`.
        refused: ``nan`` for a row of NaN where a molecule cannot be read (0 for bits), ``raise`` for an error.
        threads: most threads; 0 for as many as the machine has.

    Nothing is learned by ``fit``. What is pickled holds the settings; the model is opened anew.
    """

    def __init__(
        self,
        model: Any = "default",
        *,
        features: str = "predictions",
        tasks: Union[str, Sequence[str], None] = None,
        refused: str = "nan",
        threads: int = 0,
    ) -> None:
        self.model = model
        self.features = features
        self.tasks = tasks
        self.refused = refused
        self.threads = threads

    def fit(self, X: Any, y: Any = None) -> ChmrFeatures:
        """Opens the model, and looks at the settings."""
        if self.refused not in ("nan", "raise"):
            raise ValueError(f"refused={self.refused!r}; expected nan or raise")
        _, self.feature_names_ = self._compute([])
        self.n_features_in_ = 1
        return self

    def transform(self, X: Any) -> np.ndarray:
        """float32, molecules x features."""
        check_is_fitted(self, "feature_names_")
        result, _ = self._compute(_column(X))
        for row, (status, reason) in enumerate(zip(result.status, result.reason)):
            if self.refused == "raise" and status != "ok":
                raise MoleculeError(f"row {row}: {reason}")
        values = [latents.values for latents in result.latents.values()] if self.features == "latents" else [result]
        return np.concatenate([np.asarray(v, dtype=np.float32) for v in values], axis=1)

    def get_feature_names_out(self, input_features: Optional[Sequence[str]] = None) -> np.ndarray:
        """Names of the columns: tasks, latents or bits."""
        check_is_fitted(self, "feature_names_")
        return np.asarray(self.feature_names_, dtype=object)

    def _compute(self, molecules: Any) -> tuple[Any, list[str]]:
        if self.features in ("morgan", "maccs"):
            bits = fingerprint(molecules, self.features, threads=self.threads)
            return bits, bits._matrix()[0]
        if getattr(self, "_opened", (None,))[0] != self.model:
            self._opened = (self.model, load(self.model))
        model = self._opened[1]
        if self.features == "predictions":
            predictions = model.predict(molecules, self.tasks, threads=self.threads)
            return predictions, predictions.columns
        if self.features == "latents":
            encodings = model.encode(molecules, threads=self.threads)
            widths = [(n, latents.values.shape[1]) for n, latents in encodings.latents.items()]
            return encodings, [f"{name}_{i}" for name, width in widths for i in range(width)]
        raise ValueError(f"features={self.features!r}; expected predictions, latents, morgan or maccs")

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_opened"}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags


def _column(X: Any) -> Any:
    """The one column of a frame."""
    if hasattr(X, "columns") and hasattr(X, "shape"):
        if X.shape[1] != 1:
            raise ValueError(f"{X.shape[1]} columns; expected one of molecules")
        return X[X.columns[0]]
    return X
