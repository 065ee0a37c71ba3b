"""Opening models, and asking them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Sequence, Union

from . import _chmr
from ._encodings import Encodings
from ._errors import ArgumentError
from ._imputations import Imputations
from ._library import Library
from ._molecules import Molecules, Rows
from ._neighbors import Neighbors
from ._predictions import Predictions
from ._progress import Progress, shown
from ._result import matrix

if TYPE_CHECKING:
    from typing import Mapping

#: Models that go by a word.
WORDS = ("default", "fast", "accurate")
#: The folder of the model that comes with the package.
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")


class Task(NamedTuple):
    """Something that a model predicts."""

    #: ``<data set>/<column>``.
    name: str
    dataset: str
    column: str
    #: One line for a person.
    description: str
    #: Unit of the values; ``None`` for a probability.
    unit: Optional[str]
    #: ``classification`` (the probability of the positive class) or ``regression``.
    kind: str
    #: What a larger value means, if that is known.
    direction: Optional[str]
    #: Labelled training molecules.
    train_rows: int
    #: On the validation split: ``roc_auc`` or ``mae``, its value, and labelled molecules.
    validation: Optional[tuple[str, float, int]]


def load(model: Union[str, os.PathLike[str]] = "default") -> Model:
    """Opens a model.

    Args:
        model: ``default``, which comes with the package; ``fast`` or ``accurate``, files of these names (``fast.chmr``) in the
            folder that the environment variable ``CHMR_MODELS`` names; or the path of a model file.

    Raises:
        ModelFileError: where the file is damaged or too new.
        FileError: where it cannot be read.
    """
    return Model(find(model))


def find(model: Union[str, os.PathLike[str]]) -> str:
    """The path of a model's file."""
    if model not in WORDS:
        return os.fspath(model)
    folder = FOLDER if model == "default" else os.environ.get("CHMR_MODELS", FOLDER)
    path = os.path.join(folder, f"{model}.chmr")
    if not os.path.isfile(path):
        raise ArgumentError(f"{path} is not there; name the folder that holds it in CHMR_MODELS, or give a path")
    return path


class Model:
    """An opened model. Immutable, and may be used by any number of threads at once; calls let other Python threads
    run meanwhile, and end at Ctrl-C."""

    def __init__(self, path: Union[str, os.PathLike[str]]) -> None:
        self._open(_chmr.Model.open(path), os.fspath(path), None)

    def _open(self, inner: _chmr.Model, path: str, library: Optional[Library]) -> None:
        self._inner = inner
        #: The model file.
        self.path = os.path.abspath(path)
        #: What was added to it.
        self._added = library
        #: What it predicts.
        self.tasks: list[Task] = [Task(*task) for task in inner.tasks()]

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process opens the file anew.
        if self._added is not None:
            raise TypeError("a model with an added library cannot be pickled; add it where it is unpickled")
        return Model, (self.path,)

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def version(self) -> str:
        return self._inner.version

    @property
    def sha256(self) -> str:
        """SHA-256 of the model's content, hexadecimal."""
        return self._inner.sha256

    @property
    def card(self) -> str:
        """The model card, Markdown: data, licences, figures, limits."""
        return self._text("MODEL_CARD.md")

    @property
    def manifest(self) -> Mapping[str, Any]:
        """All that the file says of itself."""
        import json

        manifest: dict[str, Any] = json.loads(self._text("manifest.json"))
        return manifest

    def _text(self, entry: str) -> str:
        return (self._inner.entry(entry) or b"").decode()

    def _select(self, tasks: Union[str, Sequence[str], None]) -> list[int]:
        if tasks is None:
            return list(range(len(self.tasks)))
        return self._inner.select([tasks] if isinstance(tasks, str) else list(tasks))

    def prepare(self, tasks: Union[str, Sequence[str], None] = None, *, threads: int = 0) -> None:
        """Makes networks ready, which the first prediction of a task does otherwise."""
        self._inner.prepare(self._select(tasks), threads)

    def predict(
        self,
        molecules: Molecules,
        tasks: Union[str, Sequence[str], None] = None,
        *,
        trust: bool = False,
        coverage: float = 0.9,
        threads: int = 0,
        progress: Progress = None,
        smiles_column: Optional[str] = None,
        id_column: Optional[str] = None,
    ) -> Predictions:
        """Predicts properties of molecules.

        Args:
            molecules: a SMILES, molblock, RDKit molecule, or the path of a file (.smi, .csv, .tsv, .sdf, .pdbqt, each also
                .gz), or a list, array or Series of the first three. RDKit molecules are read by their SMILES.
            tasks: a name or glob such as ``biogen/*``, or several; all tasks by default. Only the networks that these need
                are run.
            trust: whether intervals and the applicability domain are wanted too.
            coverage: of the intervals in frames; one that the model has (0.8, 0.9, 0.95 by default).
            threads: most threads that work at the same time; 0 for as many as the machine has. Results do not depend on it.
            progress: ``True`` for a bar, or a function of rows done and rows in all.
            smiles_column, id_column: of a file; recognised otherwise.

        Returns:
            Values, molecules x tasks, float32, in the units of ``model.tasks``.
        """
        rows = Rows(molecules, smiles_column, id_column)
        selected = self._select(tasks)
        with shown(progress) as tell:
            found = self._inner.predict(rows.batch, selected, trust, threads, tell)
        told = f"{self.name} {self.version} {self.sha256}"
        return Predictions(rows, [self.tasks[i] for i in selected], told, coverage, *found)

    @property
    def library(self) -> Optional[Library]:
        """The reference library that imputation and search draw on, if there is one."""
        inner = self._inner.library
        return None if inner is None else Library(inner)

    def with_library(self, library: Library) -> Model:
        """The model with a library added to its own: molecules of the same id are the same, and where both have a
        modality that of ``library`` counts."""
        model = Model.__new__(Model)
        model._open(self._inner.with_library(library._inner), self.path, library)
        return model

    def impute(
        self,
        molecules: Molecules,
        modality: str,
        *,
        observed: Any = None,
        structure_only: bool = False,
        propagation: Optional[tuple[int, int]] = None,
        threads: int = 0,
        progress: Progress = None,
        smiles_column: Optional[str] = None,
        id_column: Optional[str] = None,
    ) -> Imputations:
        """Fills in a modality, such as ``expression`` or ``morphology``, from profiles of similar molecules.

        Args:
            molecules: as for :meth:`predict`.
            modality: one of ``model.library.modalities``.
            observed: what was measured, molecules x features, NaN where nothing was: it comes back as it is, and tells of the
                other features.
            structure_only: leave out what else is known of compounds.
            propagation: neighbours and steps of the paper's plain propagation, instead of regression.
            threads, progress, smiles_column, id_column: as for :meth:`predict`.
        """
        rows = Rows(molecules, smiles_column, id_column)
        library = self.library
        known = None if library is None else library.modalities.get(modality)
        given = None if observed is None else matrix(observed, "observed")
        with shown(progress) as tell:
            found = self._inner.impute(
                rows.batch, modality, given, propagation, structure_only, threads, tell
            )
        return Imputations(rows, modality, known, *found)

    def panel(self, modality: str, size: int) -> list[tuple[str, float]]:
        """The ``size`` features of a modality whose measurement tells most about the others, the most telling first, each
        with the share of the others' variance that is explained once it is in, 0 to 1."""
        return self._inner.panel(modality, size)

    def encode(
        self,
        molecules: Molecules,
        *,
        threads: int = 0,
        progress: Progress = None,
        smiles_column: Optional[str] = None,
        id_column: Optional[str] = None,
    ) -> Encodings:
        """Latents of molecules and their places in the learned hierarchy, for models that have one."""
        rows = Rows(molecules, smiles_column, id_column)
        with shown(progress) as tell:
            return Encodings(rows, *self._inner.encode(rows.batch, threads, tell))

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
        """The ``k`` molecules of the reference library most similar to each molecule, nearest first, of a Tanimoto similarity of
        at least ``threshold``."""
        rows = Rows(molecules, smiles_column, id_column)
        with shown(progress) as tell:
            return Neighbors(rows, *self._inner.neighbors(rows.batch, k, threshold, threads, tell))

    def __repr__(self) -> str:
        return f"<chmr.Model: {self.name} {self.version}, {len(self.tasks)} tasks>"
