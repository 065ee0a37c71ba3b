"""Imputation, encoding, search, libraries, fingerprints beside the command line's, without anything but the wheel."""

import math

import pytest

import chmr
from conftest import DRUGS, MIXED, MIXED_STATUS, same


def test_imputed_values_are_those_of_the_command_line(model, program):
    found = model.impute(DRUGS, "expression")
    lines = program("impute", "--modality", "expression", "--format", "jsonl", "--spread", DRUGS)
    assert len(found.features) == len(found.labels) == 978
    for row, spread, line in zip(found.tolist(), found._spread.tolist(), lines):
        assert all(same(v, line[f]) for v, f in zip(row, found.features))
        assert all(same(v, line[f"{f}:spread"]) for v, f in zip(spread, found.features))
    support = found.support[0]
    assert lines[0]["support"].startswith(f"{support['method']} nearest={support['nearest']:.3f}")
    assert support["sources"][0][2] == support["nearest"]


def test_refused_rows_of_all_kinds(model):
    assert model.impute(MIXED, "morphology").status == MIXED_STATUS
    assert model.impute(MIXED, "morphology").support[1] is None
    assert model.encode(MIXED).status == MIXED_STATUS
    assert model.neighbors(MIXED).status == MIXED_STATUS
    assert chmr.fingerprint(MIXED).status == MIXED_STATUS


def test_measured_features_come_back(model, drugs):
    width = len(model.library.modalities["expression"].features)
    observed = [[math.nan] * width for _ in drugs]
    observed[0][:3] = [1.0, -2.0, 3.0]
    found = model.impute(drugs, "expression", observed=observed, structure_only=True)
    assert found.tolist()[0][:3] == [1.0, -2.0, 3.0] and found.support[0]["observed"] == 3
    plain = model.impute(drugs, "expression", structure_only=True).tolist()
    assert found.tolist()[1] == plain[1] and found.tolist()[0][3:] != plain[0][3:]
    with pytest.raises(ValueError, match="rows"):
        model.impute(drugs, "expression", observed=observed[:1])
    with pytest.raises(ValueError, match="nonsense"):
        model.impute(drugs, "nonsense")
    assert {s["method"] for s in model.impute(drugs, "expression", propagation=(10, 2)).support} <= {"propagation", "mean"}


def test_panel(model):
    panel = model.panel("expression", 3)
    assert len(panel) == 3 and 0 < panel[0][1] < panel[2][1] <= 1


def test_encodings_are_those_of_the_command_line(model, program):
    found = model.encode(DRUGS)
    lines = program("encode", "--format", "jsonl", DRUGS)
    assert found.latents
    for name, latents in found.latents.items():
        for nodes, cosines, line in zip(latents._nodes.tolist(), latents._cosines.tolist(), lines):
            for level, (node, cosine) in enumerate(zip(nodes, cosines), 1):
                assert str(node) == line[f"{name}:node_{level}"]
                assert same(cosine, line[f"{name}:cosine_{level}"])
    told = program("encode", "--latents", "--format", "jsonl", DRUGS)
    for name, latents in found.latents.items():
        for row, line in zip(latents._latents.tolist(), told):
            assert all(same(v, line[f"{name}:{i}"]) for i, v in enumerate(row))


def test_neighbors_are_those_of_the_command_line(model, program):
    found = model.neighbors(DRUGS, 4)
    lines = program("neighbors", "-k", "4", "--format", "jsonl", DRUGS)
    for neighbors, line in zip(found, lines):
        for i, neighbor in enumerate(neighbors, 1):
            assert neighbor.id == line[f"neighbor_{i}"] and neighbor.smiles == line[f"smiles_{i}"]
            assert same(neighbor.similarity, line[f"similarity_{i}"])
    assert found[-1] == list(found)[-1]
    assert all(n.similarity >= 0.5 for row in model.neighbors(DRUGS, 100, threshold=0.5) for n in row)
    with pytest.raises(ValueError, match="threshold"):
        model.neighbors(DRUGS, threshold=2)
    with pytest.raises(IndexError):
        found[len(found)]


def test_own_libraries(model, drugs, tmp_path):
    ids = [f"own{i}" for i in range(len(drugs))]
    values = [[float(i), float(-i)] for i in range(len(drugs))]
    library = chmr.Library.build(drugs, ids).with_profiles("glow", values, ["red", "green"])
    assert library.ids == ids and library.smiles == drugs and len(library) == len(drugs)
    assert library.modalities["glow"].features == ["red", "green"]
    library.save(tmp_path / "own.chmrlib")
    again = chmr.Library.open(tmp_path / "own.chmrlib")
    both = model.with_library(again)
    assert "glow" in both.library.modalities and "glow" not in model.library.modalities
    assert both.neighbors(drugs[3], 1)[0][0].similarity == 1
    imputed = both.impute(drugs, "glow")
    assert imputed.features == ["red", "green"] and imputed.ok == [True] * len(drugs)
    told = library.with_activity("glow", drugs, ["strength"], [[float(i % 3)] for i in range(len(drugs))])
    assert len(told) == len(library)
    with pytest.raises(chmr.MoleculeError):
        chmr.Library.build(MIXED)
    with pytest.raises(ValueError, match="features"):
        library.with_profiles("more", values)
    with pytest.raises(TypeError):
        __import__("pickle").dumps(both)


def test_tables_of_fingerprints(drugs, tmp_path):
    table = chmr.FingerprintTable.build(tmp_path / "all.fps", drugs, range(len(drugs)))
    assert (len(table), table.bits, table.radius) == (len(drugs), 1024, 2)
    found = chmr.FingerprintTable.open(tmp_path / "all.fps").neighbors(drugs, 2)
    assert [row[0].id for row in found] == [str(i) for i in range(len(drugs))]
    assert all(row[0].similarity == 1 for row in found)


def test_fingerprints_are_those_of_the_command_line(program, drugs):
    for kind, bits in (("morgan", 1024), ("maccs", 167)):
        lines = program("fingerprint", "--kind", kind, "--format", "jsonl", DRUGS)
        packed = chmr.fingerprint(DRUGS, kind, packed=True)
        assert [bytes(row).hex() for row in packed.tolist()] == [line["fingerprint"] for line in lines]
        unpacked = chmr.fingerprint(drugs, kind, threads=2).tolist()
        for row, whole in zip(packed.tolist(), unpacked):
            assert [row[i // 8] >> i % 8 & 1 for i in range(bits)] == whole
    assert len(chmr.fingerprint("CCO", bits=64, radius=0).tolist()[0]) == 64
    with pytest.raises(ValueError):
        chmr.fingerprint("CCO", "nonsense")


def test_fingerprints_are_rdkits(drugs):
    np = pytest.importorskip("numpy")
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    molecules = [Chem.MolFromSmiles(s) for s in drugs]
    expected = np.array([generator.GetFingerprintAsNumPy(m) for m in molecules])
    found = np.asarray(chmr.fingerprint(molecules))
    assert found.dtype == np.uint8 and np.array_equal(found, expected)
    assert np.array_equal(np.unpackbits(chmr.fingerprint(molecules, packed=True).values, axis=1, bitorder="little"), expected)
    maccs = [list(rdMolDescriptors.GetMACCSKeysFingerprint(m)) for m in molecules]
    assert chmr.fingerprint(molecules, "maccs").tolist() == maccs
