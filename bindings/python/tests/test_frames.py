"""Ways into NumPy, pandas, Polars and Arrow, and that they share memory."""

import ctypes
import gc

import pytest

from conftest import MIXED, MIXED_STATUS

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def predictions(model):
    return model.predict(MIXED, "biogen/*", trust=True)


def address(array):
    return array.__array_interface__["data"][0]


def test_numpy_sees_the_same_memory(predictions):
    values = np.asarray(predictions)
    assert values.dtype == np.float32 and values.shape == (len(MIXED), 6)
    assert address(values) == address(predictions.values) == predictions._values.__array_interface__["data"][0]
    assert not values.flags.writeable and values.flags.f_contiguous
    assert np.isnan(values).all(axis=1).tolist() == [s != "ok" for s in MIXED_STATUS]
    assert np.array(predictions).flags.writeable
    assert np.asarray(predictions, dtype=np.float64).dtype == np.float64
    assert np.array_equal(values, np.array(predictions.tolist(), dtype=np.float32), equal_nan=True)
    name = predictions.columns[2]
    assert address(predictions[name]) == address(values) + 2 * len(MIXED) * 4
    with pytest.raises(KeyError):
        predictions["nonsense"]


def test_memory_outlives_what_gave_it(model, drugs):
    values = np.asarray(model.predict(drugs, "biogen/*"))
    table = model.predict(drugs, "biogen/*").to_arrow()
    gc.collect()
    assert np.array_equal(values[:, 0], table[3].to_numpy())


def test_arrow_copies_no_numbers(predictions):
    table = pa.table(predictions)
    assert table.column_names[:3] == ["status", "reason", "note"]
    start = address(predictions.values)
    for i, name in enumerate(predictions.columns):
        column = table[name]
        assert column.type == pa.float32() and column.num_chunks == 1
        assert column.chunk(0).buffers()[1].address == start + i * len(MIXED) * 4
    assert table["status"].to_pylist() == MIXED_STATUS
    assert table["reason"].to_pylist() == predictions.reason
    assert table["biogen domain"].to_pylist()[1] is None
    table.validate(full=True)
    batch = pa.record_batch(predictions)
    batch.validate(full=True)
    assert batch.num_rows == len(MIXED)
    assert pa.schema(predictions) == table.schema


def test_arrow_capsules_that_nobody_takes_are_freed(predictions):
    for _ in range(3):
        predictions.__arrow_c_stream__()
        predictions.__arrow_c_array__()
        predictions.__arrow_c_schema__()
    gc.collect()


def test_polars_shares_memory(predictions):
    frame = predictions.to_polars()
    assert frame.equals(pl.DataFrame(predictions), null_equal=True)
    for i, name in enumerate(predictions.columns):
        series = frame[name]
        assert series.dtype == pl.Float32
        assert address(series.to_numpy(allow_copy=False)) == address(predictions.values) + i * len(MIXED) * 4
    assert frame["status"].to_list() == MIXED_STATUS


def test_pandas(model, predictions):
    frame = predictions.to_pandas()
    assert frame.columns[:3].tolist() == ["status", "reason", "note"]
    numbers = frame[predictions.columns].to_numpy()
    assert np.array_equal(numbers, predictions.values, equal_nan=True)
    name = predictions.columns[0]
    frame.loc[0, name] = 7
    assert predictions[name][0] != 7
    shared = predictions.to_pandas(copy=False)[predictions.columns[1]].to_numpy()
    assert address(shared) == address(predictions.values) + len(MIXED) * 4
    assert "biogen domain" in frame and f"{name} lower" in frame
    plain = model.predict(MIXED, "biogen/*").to_pandas()
    assert plain.columns.tolist() == ["status", "reason", "note", *predictions.columns]


def test_trust_as_arrays(predictions):
    trust, name = predictions.trust, predictions.columns[0]
    lower, upper = trust.interval(name)
    wide_lower, wide_upper = trust.interval(0, 0.95)
    good = np.array(predictions.ok)
    assert (lower[good] < predictions[name][good]).all() and (predictions[name][good] < upper[good]).all()
    assert (wide_lower[good] < lower[good]).all() and (wide_upper[good] > upper[good]).all()
    assert np.isnan(lower[~good]).all()
    inside = trust.in_domain(name)
    assert inside.dtype == bool and not inside[~good].any()
    assert [r == "" for r in trust.reason(name)] == inside.tolist()
    nearest = trust.nearest(name)
    assert ((nearest[good] >= 0) & (nearest[good] <= 1)).all() and np.isnan(nearest[~good]).all()


def test_other_results(model, drugs):
    for result in (model.impute(drugs, "expression"), model.encode(drugs), model.neighbors(drugs, 3)):
        table, frame = result.to_arrow(), result.to_pandas()
        assert table.num_rows == len(frame) == result.to_polars().height
        assert table.column_names == frame.columns.tolist()
        table.validate(full=True)


def test_no_rows(model):
    predictions = model.predict([], "biogen/*", trust=True)
    assert np.asarray(predictions).shape == (0, 6)
    assert predictions.to_arrow().num_rows == predictions.to_polars().height == len(predictions.to_pandas()) == 0


def test_a_stream_is_read_by_c(predictions):
    """The pointer in a capsule is what the interface says."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    assert get(predictions.__arrow_c_stream__(), b"arrow_array_stream")
    assert get(predictions.__arrow_c_array__()[1], b"arrow_array")
