"""Predictions beside those of the command line, without anything but the wheel."""

import math
import pickle
import signal
import threading
import os

import pytest

import chmr
from conftest import DRUGS, MIXED, MIXED_STATUS, same


def test_values_are_those_of_the_command_line(model, program):
    predictions = model.predict(DRUGS)
    lines = program("predict", "--format", "jsonl", DRUGS)
    assert predictions.shape == (len(lines), len(model.tasks))
    assert predictions.ids == [line["id"] for line in lines]
    for row, line in zip(predictions.tolist(), lines):
        assert all(same(value, line[task]) for value, task in zip(row, predictions.columns))


def test_refused_molecules_keep_their_rows(model, program):
    predictions = model.predict([*MIXED, None, float("nan"), 7], tasks="biogen/*")
    assert predictions.status == [*MIXED_STATUS, "empty", "empty", "syntax"]
    values = predictions.tolist()
    for row, status, reason, ok in zip(values, predictions.status, predictions.reason, predictions.ok):
        assert ok == (status == "ok") == (reason is None)
        assert all(math.isnan(v) != ok for v in row)
    lines = program("predict", "--format", "jsonl", "--tasks", "biogen/*", "-", text="\n".join(MIXED[:-1]))
    assert [line["status"] == "ok" for line in lines] == predictions.ok[: len(lines)]
    assert predictions.note[3] == lines[3]["note"] != ""
    assert "found int" in predictions.reason[-1]


def test_tasks_by_name_and_glob(model):
    def names(tasks):
        return model.predict([], tasks).columns

    biogen = [t.name for t in model.tasks if t.dataset == "biogen"]
    assert names("BIOGEN/*") == biogen
    assert names(["bbbp/p_np", "biogen/*", biogen[0]]) == ["bbbp/p_np", *biogen]
    assert names(None) == [t.name for t in model.tasks]
    assert names("{bbbp,bace}/*") == [t.name for t in model.tasks if t.dataset in ("bbbp", "bace")]
    with pytest.raises(chmr.ArgumentError, match="nonsense"):
        names("nonsense/*")
    with pytest.raises(ValueError):
        names([])


def test_tasks_say_what_they_are(model):
    task = next(t for t in model.tasks if t.dataset == "biogen")
    assert task.kind == "regression" and task.unit and task.description
    assert task.name == f"{task.dataset}/{task.column}"
    assert next(t for t in model.tasks if t.name == "bbbp/p_np").kind == "classification"
    assert model.manifest["name"] == model.name and len(model.sha256) == 64
    assert "licence" in model.card.lower()


def test_one_molecule_and_none(model, drugs):
    assert model.predict(drugs[0], "bbbp/*").tolist() == model.predict(drugs, "bbbp/*").tolist()[:1]
    empty = model.predict([], "bbbp/*")
    assert empty.shape == (0, 1) and empty.tolist() == [] and len(empty) == 0


def test_trust_is_that_of_the_command_line(model, program):
    predictions = model.predict(DRUGS, "biogen/*", trust=True, coverage=0.8)
    lines = program("predict", "--format", "jsonl", "--trust", "--coverage", "0.8", "--tasks", "biogen/*", DRUGS)
    assert predictions.trust.coverages == [0.8, 0.9, 0.95]
    told = dict(predictions._more())
    assert set(told) == set(lines[0]) - {"id", "smiles", "status", "note", *predictions.columns}
    for name, column in told.items():
        column = column if isinstance(column, list) else column.tolist()
        for found, line in zip(column, lines):
            if isinstance(line[name], str):
                assert found == line[name]
            else:
                assert same(found, line[name])
    with pytest.raises(ValueError, match="0.8, 0.9, 0.95"):
        model.predict(DRUGS, "biogen/*", trust=True, coverage=0.5)


def test_threads_change_nothing(model, drugs):
    expected = model.predict(drugs, "biogen/*", threads=1).tolist()
    for threads in (0, 2, 5):
        assert model.predict(drugs, "biogen/*", threads=threads).tolist() == expected


def test_rows_beyond_one_portion(model, drugs):
    """The extension works through 4,096 rows at a time: here the refused ones between, which cost nothing, end a portion."""
    n = len(drugs)
    values = model.predict([*drugs, *["C("] * 4094, *drugs], "bbbp/*", trust=True)
    first = model.predict(drugs, "bbbp/*", trust=True)
    assert len(values) == 4094 + 2 * n and values.ok == first.ok + [False] * 4094 + first.ok
    found, reasons = values.tolist(), values.trust.reason(0)
    assert found[:n] == found[-n:] == first.tolist() and all(math.isnan(row[0]) for row in found[n:-n])
    assert reasons == first.trust.reason(0) + [None] * 4094 + first.trust.reason(0)


def test_one_model_in_many_threads(model, drugs):
    expected = model.predict(drugs, "biogen/*").tolist()
    found = [None] * 6

    def work(i):
        found[i] = model.predict(drugs, "biogen/*", threads=1).tolist()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(found))]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert all(f == expected for f in found)


def test_other_threads_run_meanwhile(model, many):
    ticks, done = 0, threading.Event()

    def count():
        nonlocal ticks
        while not done.wait(0.001):
            ticks += 1

    thread = threading.Thread(target=count)
    thread.start()
    model.predict(many[:200])
    done.set()
    thread.join()
    assert ticks > 10


def test_progress_is_told_by_the_calling_thread(model, many):
    told = []
    model.predict(many[:200], progress=lambda done, total: told.append((done, total, threading.get_ident())))
    assert told[-1][:2] == (200, 200)
    assert [t[0] for t in told] == sorted(t[0] for t in told)
    assert {t[2] for t in told} == {threading.get_ident()}


def test_progress_ends_the_run_by_raising(model, many):
    class Enough(Exception):
        pass

    def enough(done, total):
        raise Enough

    with pytest.raises(Enough):
        model.predict(many, progress=enough)


@pytest.mark.skipif(os.name == "nt", reason="no signal reaches a Windows process so")
def test_control_c_ends_a_run(model, many):
    told, begun = [], threading.Event()

    def interrupt():
        begun.wait()
        os.kill(os.getpid(), signal.SIGINT)

    def progress(done, total):
        told.append((done, total))
        begun.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        # Far more than are done before the signal comes.
        model.predict(many * 10, progress=progress)
    thread.join()
    assert all(done < total for done, total in told)
    assert model.predict("CCO", "bbbp/*").ok == [True]


def test_a_bar(model, drugs, capfd):
    model.predict(drugs, "bbbp/*", progress=True)
    assert f"{len(drugs)}/{len(drugs)}" in capfd.readouterr().err


def test_models_open_and_fail(tmp_path, monkeypatch):
    path = tmp_path / "broken.chmr"
    path.write_bytes(b"nothing")
    with pytest.raises(chmr.ModelFileError):
        chmr.load(path)
    with pytest.raises(OSError):
        chmr.load(tmp_path / "absent.chmr")
    with pytest.raises(chmr.ArgumentError, match="CHMR_MODELS"):
        chmr.load("fast")
    monkeypatch.setenv("CHMR_MODELS", str(tmp_path))
    (tmp_path / "fast.chmr").write_bytes(b"nothing")
    with pytest.raises(chmr.ModelFileError):
        chmr.load("fast")


def test_models_are_pickled_by_their_path(model, drugs):
    again = pickle.loads(pickle.dumps(model))
    assert again.sha256 == model.sha256
    assert again.predict(drugs, "bbbp/*").tolist() == model.predict(drugs, "bbbp/*").tolist()
