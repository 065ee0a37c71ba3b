"""Calls every function of chmr_spark in a running Spark.

    python test_chmr_spark.py PORT TOKEN CODEBOOK_MODEL

The Java test has opened a py4j gateway there whose entry point is its SparkSession. PySpark itself is 300 MB, so what the module
uses of it, a few attributes, stands in for it here; what they lead to is Spark. Where PySpark is installed,
``python test_chmr_spark.py JARS CODEBOOK_MODEL`` runs the same with it.
"""

import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


class Frame:
    """What the module needs of a pyspark.sql.DataFrame, and what the test reads."""

    def __init__(self, jdf, session):
        self._jdf, self.sparkSession = jdf, session

    def columns(self):
        return list(self._jdf.columns())

    def first(self, expression):
        return self._jdf.orderBy("id", new_strings(self.sparkSession, [])).selectExpr(
            new_strings(self.sparkSession, [expression])
        ).first().get(0)


def new_strings(session, values):
    context = session.sparkContext
    array = context._gateway.new_array(context._jvm.java.lang.String, len(values))
    for i, value in enumerate(values):
        array[i] = value
    return array


def stand_in(port, token):
    from py4j.java_gateway import GatewayParameters, JavaGateway

    parameters = GatewayParameters(port=port, auth_token=token, auto_convert=True)
    gateway = JavaGateway(gateway_parameters=parameters)
    pyspark, sql = types.ModuleType("pyspark"), types.ModuleType("pyspark.sql")
    sql.DataFrame = Frame
    sys.modules.update({"pyspark": pyspark, "pyspark.sql": sql})
    context = types.SimpleNamespace(_gateway=gateway, _jvm=gateway.jvm)
    session = types.SimpleNamespace(sparkContext=context, _jsparkSession=gateway.entry_point)
    query = lambda text: Frame(gateway.entry_point.sql(text), session)
    return session, query, Frame.columns, Frame.first


def real(jars):
    from pyspark.sql import DataFrame, SparkSession

    session = SparkSession.builder.master("local[2]").config("spark.jars", jars).getOrCreate()
    first = lambda df, expression: df.orderBy("id").selectExpr(expression).first()[0]
    return session, session.sql, lambda df: list(df.columns), first


def main():
    if len(sys.argv) == 4:
        session, query, columns, first = stand_in(int(sys.argv[1]), sys.argv[2])
    else:
        session, query, columns, first = real(sys.argv[1])
    import chmr_spark

    rows = query("select 0 id, 'CC(=O)Oc1ccccc1C(=O)O' smiles union all select 1, 'C(C'")
    scored = chmr_spark.predict(rows, "smiles", "bbbp/p_np", "biogen/*")
    assert columns(scored)[:3] == ["id", "smiles", "bbbp/p_np"] and columns(scored)[-1] == "chmr_reason", columns(scored)
    value = first(scored, "`bbbp/p_np`")
    assert 0 < value < 1, value
    assert first(scored, "chmr_status") == "OK"
    few = chmr_spark.predict(rows, "smiles", "bbbp/p_np", batch_rows=1, threads=2)
    assert first(few, "`bbbp/p_np`") == value
    worth = chmr_spark.predict(rows, "smiles", "biogen/*", trust=0.9)
    assert first(worth, "`biogen domain`.nearest > 0 and `biogen domain`.inside is not null")
    imputed = chmr_spark.impute(rows, "smiles", "expression")
    assert first(imputed, "size(chmr_values) = size(chmr_spread) and size(chmr_values) > 100")
    found = chmr_spark.neighbors(rows, "smiles", most=2, least=0.1)
    assert first(found, "size(chmr_neighbors)") == 2
    encoded = chmr_spark.encode(rows, "smiles", model=sys.argv[-1])
    assert first(encoded, "length(chmr_latent.path)") == 3
    chmr_spark.register(session)
    assert abs(first(query("select 0 id, chmr_predict('CC(=O)Oc1ccccc1C(=O)O', 'bbbp/p_np') p"), "p") - value) == 0
    score = query("select 0 id, chmr_score('C(C', 'bbbp/p_np') s")
    assert first(score, "s.value is null and s.status = 'MOLECULE_SYNTAX' and s.reason is not null")
    try:
        chmr_spark.predict(rows, "smiles", colour="red")
        raise AssertionError("an unknown keyword was taken")
    except TypeError as e:
        assert "colour" in str(e)
    print("chmr_spark: all functions work")


main()
