"""The transformer in scikit-learn's pipelines, and the notebook."""

import pathlib
import pickle

import pytest

from conftest import MIXED, MIXED_STATUS

pytest.importorskip("sklearn")
import numpy as np
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from chmr.sklearn import ChmrFeatures


def test_features_are_predictions(model, drugs):
    features = ChmrFeatures(tasks="biogen/*").fit(drugs)
    found = features.transform(drugs)
    assert found.dtype == np.float32 and np.array_equal(found, np.asarray(model.predict(drugs, "biogen/*")))
    assert features.get_feature_names_out().tolist() == [t.name for t in model.tasks if t.dataset == "biogen"]
    assert found.flags.writeable


def test_latents_and_bits(model, drugs):
    latents = ChmrFeatures(features="latents").fit_transform(drugs)
    assert np.array_equal(latents, np.concatenate([l.values for l in model.encode(drugs).latents.values()], axis=1))
    for kind, bits in (("morgan", 1024), ("maccs", 167)):
        features = ChmrFeatures(features=kind).fit(drugs)
        assert features.transform(drugs).shape == (len(drugs), bits) == (len(drugs), len(features.get_feature_names_out()))
    with pytest.raises(ValueError, match="nonsense"):
        ChmrFeatures(features="nonsense").fit(drugs)


def test_refused_molecules():
    found = ChmrFeatures(tasks="biogen/*").fit_transform(MIXED)
    assert np.isnan(found).all(axis=1).tolist() == [s != "ok" for s in MIXED_STATUS]
    with pytest.raises(ValueError, match="row 1"):
        ChmrFeatures(tasks="biogen/*", refused="raise").fit_transform(MIXED)


def test_pipelines_are_fitted_pickled_and_cloned(drugs):
    pd = pytest.importorskip("pandas")
    y = np.arange(len(drugs))
    pipeline = make_pipeline(ChmrFeatures(tasks="biogen/*"), Ridge()).fit(drugs, y)
    expected = pipeline.predict(drugs)
    text = pickle.dumps(pipeline)
    assert len(text) < 10_000, "the model stays in its file"
    assert np.array_equal(pickle.loads(text).predict(drugs), expected)
    assert np.array_equal(clone(pipeline).fit(pd.DataFrame({"smiles": drugs}), y).predict(drugs), expected)
    frame = ChmrFeatures(tasks="biogen/*").set_output(transform="pandas").fit_transform(pd.Series(drugs))
    assert frame.columns[0].startswith("biogen/") and len(frame) == len(drugs)


def test_the_notebook_runs():
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    path = pathlib.Path(__file__).parents[1] / "examples" / "molecules.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert all(c.execution_count for c in notebook.cells if c.cell_type == "code")
