"""Whatever molecules come as."""

import gzip

import pytest

import chmr
from conftest import MIXED, MIXED_STATUS, ROOT

GOLDEN = ROOT / "tests" / "golden"


def values(model, molecules, **more):
    return model.predict(molecules, "biogen/*", **more).tolist()


def test_files(model, drugs, tmp_path):
    expected = values(model, drugs)
    smi, csv, packed = tmp_path / "a.smi", tmp_path / "a.csv", tmp_path / "a.tsv.gz"
    smi.write_text("".join(f"{s} m{i}\n" for i, s in enumerate(drugs)))
    csv.write_text("name,structure\n" + "".join(f"m{i},{s}\n" for i, s in enumerate(drugs)))
    packed.write_bytes(gzip.compress(("SMILES\tn\n" + "".join(f"{s}\t1\n" for s in drugs)).encode()))
    assert values(model, smi) == values(model, str(smi)) == expected
    assert values(model, str(packed)) == expected
    assert values(model, csv, id_column="name", smiles_column="structure") == expected
    assert model.predict(smi, "bbbp/*").ids[0] == "m0"
    assert model.predict(csv, "bbbp/*", id_column="name").ids[-1] == f"m{len(drugs) - 1}"
    assert model.predict(csv, "bbbp/*").ids[0] == "1"


def test_files_that_are_none(model, tmp_path):
    with pytest.raises(OSError, match="absent.smi"):
        model.predict(tmp_path / "absent.smi")
    with pytest.raises(chmr.FileError, match="absent.csv"):
        model.predict("absent.csv")
    table = tmp_path / "numbers.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="numbers.csv"):
        model.predict(table)
    with pytest.raises(chmr.ArgumentError):
        model.predict(["CCO"], smiles_column="a")


def test_molblocks_and_sd_files(model, program):
    path = GOLDEN / "molblocks.sdf"
    found = model.predict(path, "biogen/*")
    lines = program("predict", "--format", "jsonl", "--tasks", "biogen/*", path)
    assert [line["status"] == "ok" for line in lines] == found.ok
    blocks = [b.partition("M  END")[0] + "M  END\n" for b in path.read_text().split("$$$$\n")[:20]]
    listed = model.predict(blocks, "biogen/*")
    assert any(listed.ok) and listed.ok == found.ok[:20]
    good = [v for v, ok in zip(found.tolist(), listed.ok) if ok]
    assert [v for v, ok in zip(listed.tolist(), listed.ok) if ok] == good
    assert values(model, blocks[listed.ok.index(True)]) == good[:1]


def test_poses(model):
    assert model.predict(GOLDEN / "vina.pdbqt", "bbbp/*").ok


def test_things_that_are_no_molecules(model):
    for wrong in (b"CCO", {"smiles": "CCO"}, 7):
        with pytest.raises(chmr.ArgumentError):
            model.predict(wrong)


def test_iterables(model, drugs):
    assert values(model, iter(drugs)) == values(model, tuple(drugs)) == values(model, drugs)


def test_numpy(model, drugs):
    np = pytest.importorskip("numpy")
    expected = values(model, drugs)
    assert values(model, np.array(drugs)) == values(model, np.array(drugs, dtype=object)) == expected
    assert values(model, np.array(drugs)[:, None]) == expected
    with pytest.raises(chmr.ArgumentError, match="columns"):
        values(model, np.array(drugs).reshape(-1, 2))


def test_pandas(model):
    pd = pytest.importorskip("pandas")
    series = pd.Series(MIXED, index=list("abcdefg"))
    found = model.predict(series, "biogen/*")
    assert found.status == MIXED_STATUS
    frame = found.to_pandas()
    assert frame.index.tolist() == list("abcdefg") and frame["status"].tolist() == MIXED_STATUS
    assert model.predict(pd.Series(["CCO", pd.NA, None]), "bbbp/*").status == ["ok", "empty", "empty"]
    with pytest.raises(chmr.ArgumentError, match="DataFrame"):
        model.predict(pd.DataFrame({"smiles": MIXED}))


def test_polars_and_arrow(model):
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    assert model.predict(pl.Series(MIXED), "biogen/*").status == MIXED_STATUS
    assert model.predict(pa.array([*MIXED, None]), "biogen/*").status == [*MIXED_STATUS, "empty"]
    assert model.predict(pa.chunked_array([MIXED, MIXED]), "biogen/*").status == 2 * MIXED_STATUS


def test_rdkit(model, drugs):
    Chem = pytest.importorskip("rdkit.Chem")
    molecules = [Chem.MolFromSmiles(s) for s in drugs]
    expected = values(model, [Chem.MolToSmiles(m) for m in molecules])
    assert values(model, molecules) == expected
    assert values(model, molecules[0]) == expected[:1]
    assert values(model, [Chem.RWMol(molecules[0])]) == expected[:1]
    mixed = model.predict([molecules[0], drugs[1], Chem.MolFromSmiles("C(C"), Chem.MolToMolBlock(molecules[3])], "biogen/*")
    assert mixed.status == ["ok", "ok", "empty", "ok"]
    # Its atoms come in another order, and so do the terms of sums.
    assert mixed.tolist()[3] == pytest.approx(expected[3], abs=1e-5)
