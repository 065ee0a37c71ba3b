"""chmr: an embeddable molecular-property engine.

>>> import chmr
>>> model = chmr.load()
>>> predictions = model.predict(["CC(=O)Oc1ccccc1C(=O)O", "C(C"], tasks="bbbp/*")
>>> predictions.status
['ok', 'syntax']
>>> frame = predictions.to_pandas()

Molecules come as SMILES, molblocks or RDKit molecules, one or a list, array or Series of them, or as the path of a file.
Each keeps its row: one that cannot be read is a row of NaN whose ``status`` and ``reason`` say why. NumPy, pandas, Polars,
PyArrow and RDKit are used where they are installed and needed by nothing else.
"""

from ._chmr import __version__
from ._encodings import Encodings, Latents
from ._errors import (
    ArgumentError,
    ChmrError,
    FileError,
    LimitError,
    ModelFileError,
    MoleculeError,
)
from ._fingerprints import Fingerprints, fingerprint
from ._fit import fit
from ._imputations import Imputations
from ._library import FingerprintTable, Library, Modality
from ._model import Model, Task, load
from ._neighbors import Neighbor, Neighbors
from ._predictions import Predictions, Trust

__all__ = [
    "ArgumentError",
    "ChmrError",
    "Encodings",
    "FileError",
    "FingerprintTable",
    "Fingerprints",
    "Imputations",
    "Latents",
    "Library",
    "LimitError",
    "Modality",
    "Model",
    "ModelFileError",
    "MoleculeError",
    "Neighbor",
    "Neighbors",
    "Predictions",
    "Task",
    "Trust",
    "__version__",
    "fingerprint",
    "fit",
    "load",
]
