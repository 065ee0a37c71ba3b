"""chmr for PySpark: molecular properties as columns of DataFrames.

Start Spark with the two jars, and put this file on the Python path::

    pyspark --jars chmr-java-0.1.0.jar,chmr-spark_2.12-0.1.0.jar --py-files chmr_spark.py

    import chmr_spark
    scored = chmr_spark.predict(spark.read.parquet("in"), "smiles", "bbbp/p_np", "biogen/*")
    scored.write.parquet("out")

Every function takes a DataFrame and the name of its column of SMILES, and gives a DataFrame with all its rows and columns and
further ones: the values, ``chmr_status`` and ``chmr_reason``. Where the status is not ``OK``, the values are null and the reason
says why. The work is done in the Java virtual machines; no row passes through Python.

Keywords that all functions take:

``model``
    a model file that driver and workers have, or the name of one that ``SparkContext.addFile`` brought; by default the model
    in the jar
``libraries``
    reference libraries to add to the model's own, such files too
``batch_rows``
    rows that a task holds at a time, by default 1024
``threads``
    threads a task, by default 1
``trust``
    for ``predict``: the share of measurements that intervals hold, such as 0.9; adds ``<task> interval`` for numbers and
    ``<data set> domain``; by default neither
"""

from pyspark.sql import DataFrame

__all__ = ["predict", "impute", "encode", "neighbors", "register"]


def predict(df, smiles_column, *tasks, **how):
    """Adds a float column for each task, called as the task is (quote such names with backticks in SQL), and ``chmr_note``: what
    makes a molecule unlike those that models are made for, null for most.

    tasks: names as ``bbbp/p_np``, or patterns as ``biogen/*``; none for all.
    """
    return _apply(df, "predict", smiles_column, how, _strings(df, tasks))


def impute(df, smiles_column, modality, **how):
    """Fills in a modality such as ``expression``: ``chmr_values`` and ``chmr_spread``, arrays of a float a feature, whose
    names are ``df.schema["chmr_values"].metadata["features"]``; and ``chmr_support``, what a row rests on."""
    return _apply(df, "impute", smiles_column, how, modality)


def encode(df, smiles_column, **how):
    """Adds ``chmr_<modality>``, places in the learned hierarchy: path, nodes, cosines, latent. For models that have one."""
    return _apply(df, "encode", smiles_column, how)


def neighbors(df, smiles_column, most=10, least=0.0, **how):
    """Adds ``chmr_neighbors``: at most ``most`` molecules of the library, nearest first, none less similar than ``least``."""
    return _apply(df, "neighbors", smiles_column, how, int(most), float(least))


def register(spark, **how):
    """Makes the SQL functions ``chmr_predict(smiles, task)``, a float, and ``chmr_score(smiles, task)``, value, status and reason,
    known to a session."""
    package = _package(spark)
    package.Chmr.register(spark._jsparkSession, _options(package, how))


def _apply(df, name, smiles_column, how, *arguments):
    package = _package(df.sparkSession)
    transform = getattr(package.Chmr, name)
    jdf = transform(df._jdf, smiles_column, _options(package, how), *arguments)
    return DataFrame(jdf, df.sparkSession)


def _package(spark):
    return spark.sparkContext._jvm.org.chmr.spark


def _options(package, how):
    unknown = set(how) - {"model", "libraries", "batch_rows", "threads", "trust"}
    if unknown:
        raise TypeError("unknown keyword: " + ", ".join(sorted(unknown)))
    options = package.ChmrOptions.DEFAULT
    if how.get("model") is not None:
        options = options.withModel(str(how["model"]))
    for library in how.get("libraries") or ():
        options = options.withLibrary(str(library))
    if how.get("batch_rows") is not None:
        options = options.withBatchRows(int(how["batch_rows"]))
    if how.get("threads") is not None:
        options = options.withThreads(int(how["threads"]))
    if how.get("trust") is not None:
        options = options.withTrust(float(how["trust"]))
    return options


def _strings(df, values):
    context = df.sparkSession.sparkContext
    array = context._gateway.new_array(context._jvm.java.lang.String, len(values))
    for i, value in enumerate(values):
        array[i] = value
    return array
