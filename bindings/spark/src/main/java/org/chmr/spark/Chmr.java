package org.chmr.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.chmr.ChmrException;
import org.chmr.EncodeOptions;
import org.chmr.Encoding;
import org.chmr.Hierarchy;
import org.chmr.Imputation;
import org.chmr.ImputeOptions;
import org.chmr.Modality;
import org.chmr.Model;
import org.chmr.Neighbor;
import org.chmr.NeighborOptions;
import org.chmr.Neighbors;
import org.chmr.PredictOptions;
import org.chmr.Prediction;
import org.chmr.Status;
import org.chmr.Support;
import org.chmr.Task;

/**
 * Transforms that add columns to a DataFrame with a column of SMILES. Each keeps all rows and columns that it is given, and
 * adds its own, {@code chmr_status} (the name of a {@link Status}) and {@code chmr_reason}. Where the status is not
 * {@code OK} the other added columns are null and the reason says why; a bad molecule fails no job.
 *
 * <pre>{@code
 * Dataset<Row> scored = Chmr.predict(spark.read().parquet("in"), "smiles", "bbbp/p_np", "biogen/*");
 * scored.write().parquet("out");
 * }</pre>
 */
public final class Chmr {
  private static final ArrayType FLOATS = DataTypes.createArrayType(DataTypes.FloatType, false);
  private static final StructType NEIGHBOR =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("smiles", DataTypes.StringType, false)
          .add("similarity", DataTypes.FloatType, false);
  private static final ArrayType NEIGHBORS = DataTypes.createArrayType(NEIGHBOR, false);
  private static final StructType SUPPORT =
      new StructType()
          .add("method", DataTypes.StringType, false)
          .add("nearest", DataTypes.FloatType, false)
          .add("neighbors", DataTypes.IntegerType, false)
          .add("explained", DataTypes.FloatType, false)
          .add("hops", DataTypes.IntegerType, true)
          .add("sources", NEIGHBORS, false);

  /** What makes a molecule unlike those that models are made for; null for most. */
  static final String NOTE = "chmr_note";

  private static final StructType SCORE =
      new StructType()
          .add("value", DataTypes.FloatType, true)
          .add("status", DataTypes.StringType, false)
          .add("reason", DataTypes.StringType, true);

  private Chmr() {}

  /**
   * Adds predictions of the default model: a float column a task, called as the task is, its unit, its description and the
   * model as metadata; and {@code chmr_note}: what makes the molecule unlike those that models are made for (no carbon, a metal, a
   * mixture ...), null for most.
   *
   * @param rows with a column of SMILES
   * @param smilesColumn its name
   * @param tasks names as {@code bbbp/p_np}, or patterns as {@code biogen/*}; none for all
   * @return the rows with further columns
   */
  public static Dataset<Row> predict(Dataset<Row> rows, String smilesColumn, String... tasks) {
    return predict(rows, smilesColumn, ChmrOptions.DEFAULT, tasks);
  }

  /**
   * Adds predictions, as {@link #predict(Dataset, String, String...)}. With {@link ChmrOptions#withTrust} there are also
   * {@code <task> interval} for each number (lower and upper end; null where nothing is promised), and for each data set
   * {@code <data set> domain}: whether the molecule is inside, the similarity of the nearest training molecule, and the reason.
   *
   * @param rows with a column of SMILES
   * @param smilesColumn its name
   * @param options with which model, and how
   * @param tasks names as {@code bbbp/p_np}, or patterns as {@code biogen/*}; none for all
   * @return the rows with further columns
   */
  public static Dataset<Row> predict(
      Dataset<Row> rows, String smilesColumn, ChmrOptions options, String... tasks) {
    Models.Reference reference = new Models.Reference(options);
    List<Task> wanted = tasks(reference.open(), tasks);
    int[] indices = wanted.stream().mapToInt(Task::index).toArray();
    Worth worth = options.trust > 0 ? new Worth(reference.open(), wanted, options.trust) : null;
    String identity = reference.open().identity().toString();
    List<Transform.Output> columns = new ArrayList<>();
    for (Task task : wanted) {
      MetadataBuilder about = new MetadataBuilder().putString("description", task.description()).putString("model", identity);
      task.unit().ifPresent(unit -> about.putString("unit", unit));
      StructField field = DataTypes.createStructField(task.name(), DataTypes.FloatType, true, about.build());
      columns.add(Transform.Output.value(field, columns.size()));
    }
    if (worth != null) columns.addAll(worth.columns(wanted));
    columns.add(Transform.Output.other(DataTypes.createStructField(NOTE, DataTypes.StringType, true)));
    return Transform.apply(rows, smilesColumn, columns, reference, options, (model, batch, threads, progress) -> {
      Prediction p =
          model.predict(
              batch,
              PredictOptions.DEFAULT.withTasks(indices).withTrust(worth != null).withThreads(threads)
                  .withProgress(progress));
      Transform.Results results = new Transform.Results();
      results.status = p::status;
      results.reason = p::reason;
      results.values =
          row -> Arrays.copyOfRange(p.values(), row * indices.length, (row + 1) * indices.length);
      results.others = row -> {
        Object[] found = worth == null ? new Object[1] : Arrays.copyOf(worth.of(p, row), worth.count() + 1);
        found[found.length - 1] = p.note(row).orElse(null);
        return found;
      };
      results.close = p::close;
      return results;
    });
  }

  /**
   * Fills in a modality by the default model: {@code chmr_values} and {@code chmr_spread}, arrays of a float a feature,
   * whose names are the metadata {@code features}; and {@code chmr_support}, what the row rests on.
   *
   * @param rows with a column of SMILES
   * @param smilesColumn its name
   * @param modality such as {@code expression}
   * @return the rows with further columns
   */
  public static Dataset<Row> impute(Dataset<Row> rows, String smilesColumn, String modality) {
    return impute(rows, smilesColumn, ChmrOptions.DEFAULT, modality);
  }

  /**
   * Fills in a modality, as {@link #impute(Dataset, String, String)}.
   *
   * @param rows with a column of SMILES
   * @param smilesColumn its name
   * @param options with which model and libraries, and how
   * @param modality such as {@code expression}
   * @return the rows with further columns
   */
  public static Dataset<Row> impute(Dataset<Row> rows, String smilesColumn, ChmrOptions options, String modality) {
    Models.Reference reference = new Models.Reference(options);
    Metadata features = new MetadataBuilder()
        .putStringArray("features", modality(reference.open(), modality).features().toArray(new String[0])).build();
    List<Transform.Output> columns = List.of(
        Transform.Output.numbers(DataTypes.createStructField("chmr_values", FLOATS, true, features), "values"),
        Transform.Output.numbers(DataTypes.createStructField("chmr_spread", FLOATS, true, features), "spread"),
        Transform.Output.other(DataTypes.createStructField("chmr_support", SUPPORT, true)));
    return Transform.apply(rows, smilesColumn, columns, reference, options, (model, batch, threads, progress) -> {
      Imputation i =
          model.impute(batch, modality, ImputeOptions.DEFAULT.withThreads(threads).withProgress(progress));
      Transform.Results results = new Transform.Results();
      results.status = i::status;
      results.reason = i::reason;
      results.values = i::values;
      results.spread = i::spread;
      results.others = row -> new Object[] {support(i.support(row).orElseThrow())};
      results.close = i::close;
      return results;
    });
  }

  /**
   * Adds places in the learned hierarchy: for each modality that the model computes from structure a column
   * {@code chmr_<modality>} with the path, the nodes, the cosines and the latent.
   *
   * @param rows with a column of SMILES
   * @param smilesColumn its name
   * @param options with which model, and how; the model must have a hierarchy
   * @return the rows with further columns
   */
  public static Dataset<Row> encode(Dataset<Row> rows, String smilesColumn, ChmrOptions options) {
    Models.Reference reference = new Models.Reference(options);
    Hierarchy hierarchy =
        reference.open().hierarchy().orElseThrow(
            () -> new IllegalArgumentException("this model has no codebook: it places nothing in a hierarchy"));
    StructType place =
        new StructType()
            .add("path", DataTypes.StringType, false)
            .add("nodes", DataTypes.createArrayType(DataTypes.IntegerType, false), false)
            .add("cosines", FLOATS, false)
            .add("latent", FLOATS, false);
    List<Transform.Output> columns = new ArrayList<>();
    for (String name : hierarchy.modalities()) {
      columns.add(Transform.Output.other(DataTypes.createStructField("chmr_" + name, place, true)));
    }
    int modalities = columns.size();
    return Transform.apply(rows, smilesColumn, columns, reference, options, (model, batch, threads, progress) -> {
      Encoding e = model.encode(batch, EncodeOptions.DEFAULT.withThreads(threads).withProgress(progress));
      Transform.Results results = new Transform.Results();
      results.status = e::status;
      results.reason = e::reason;
      results.others = row -> {
        Object[] places = new Object[modalities];
        for (int m = 0; m < modalities; m++) {
          places[m] = RowFactory.create(e.path(row, m), e.nodes(row, m), e.cosines(row, m), e.latent(row, m));
        }
        return places;
      };
      results.close = e::close;
      return results;
    });
  }

  /**
   * Adds the most similar molecules of the default model's library: {@code chmr_neighbors}, nearest first, each with id,
   * SMILES and Tanimoto similarity.
   *
   * @param rows with a column of SMILES
   * @param smilesColumn its name
   * @param most neighbours a molecule
   * @return the rows with further columns
   */
  public static Dataset<Row> neighbors(Dataset<Row> rows, String smilesColumn, int most) {
    return neighbors(rows, smilesColumn, ChmrOptions.DEFAULT, most, 0);
  }

  /**
   * Adds the most similar molecules, as {@link #neighbors(Dataset, String, int)}.
   *
   * @param rows with a column of SMILES
   * @param smilesColumn its name
   * @param options with which model and libraries, and how
   * @param most neighbours a molecule
   * @param least the least similarity
   * @return the rows with further columns
   */
  public static Dataset<Row> neighbors(
      Dataset<Row> rows, String smilesColumn, ChmrOptions options, int most, float least) {
    Models.Reference reference = new Models.Reference(options);
    if (reference.open().librarySize() == 0) throw new IllegalArgumentException("this model has no reference library");
    List<Transform.Output> columns =
        List.of(Transform.Output.other(DataTypes.createStructField("chmr_neighbors", NEIGHBORS, true)));
    return Transform.apply(rows, smilesColumn, columns, reference, options, (model, batch, threads, progress) -> {
      Neighbors n =
          model.neighbors(
              batch,
              NeighborOptions.DEFAULT.withMost(most).withLeast(least).withThreads(threads).withProgress(progress));
      Transform.Results results = new Transform.Results();
      results.status = n::status;
      results.reason = n::reason;
      results.others = row -> new Object[] {rows(n.of(row))};
      results.close = n::close;
      return results;
    });
  }

  /**
   * Makes the SQL functions of the default model known to a session: {@code chmr_predict(smiles, task)}, a float, null for a
   * molecule that is refused; and {@code chmr_score(smiles, task)}, which gives value, status and reason. For more than a task
   * or two, {@link #predict} is faster: it reads a molecule once.
   *
   * @param spark the session
   */
  public static void register(SparkSession spark) {
    register(spark, ChmrOptions.DEFAULT);
  }

  /**
   * Makes the SQL functions known, as {@link #register(SparkSession)}.
   *
   * @param spark the session
   * @param options with which model
   */
  public static void register(SparkSession spark, ChmrOptions options) {
    Models.Reference reference = new Models.Reference(options);
    UDF2<String, String, Float> predict = (smiles, task) -> {
      Row scored = score(reference, smiles, task);
      return scored == null || scored.isNullAt(0) ? null : scored.getFloat(0);
    };
    UDF2<String, String, Row> score = (smiles, task) -> score(reference, smiles, task);
    spark.udf().register("chmr_predict", predict, DataTypes.FloatType);
    spark.udf().register("chmr_score", score, SCORE);
  }

  /** Value, status and reason; null where an argument is. */
  private static Row score(Models.Reference reference, String smiles, String task) throws ChmrException {
    if (smiles == null || task == null) return null;
    Model model = reference.open();
    int index = model.task(task).index();
    try {
      return RowFactory.create(model.predictOne(smiles, index)[0], Status.OK.name(), null);
    } catch (ChmrException e) {
      int status = e.getStatusNumber();
      if (status / 100 != 3 && e.getStatus() != Status.INVALID_TEXT) throw e;
      return RowFactory.create(null, e.getStatus().name(), e.getMessage());
    }
  }

  /** The tasks of those names and patterns, each once, in the order asked for. */
  private static List<Task> tasks(Model model, String[] names) {
    if (names == null || names.length == 0) return model.tasks();
    List<Task> wanted = new ArrayList<>();
    for (String name : names) {
      Pattern pattern = Pattern.compile(Pattern.quote(name).replace("*", "\\E.*\\Q"));
      int before = wanted.size();
      boolean known = false;
      for (Task task : model.tasks()) {
        if (!pattern.matcher(task.name()).matches()) continue;
        known = true;
        if (!wanted.contains(task)) wanted.add(task);
      }
      if (!known) throw new IllegalArgumentException("the model has no task '" + name + "'");
    }
    return wanted;
  }

  private static Modality modality(Model model, String name) {
    try {
      return model.modality(name);
    } catch (ChmrException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static Row support(Support s) {
    Integer hops = s.hops().isPresent() ? s.hops().getAsInt() : null;
    return RowFactory.create(
        s.method().name(), s.nearest(), s.neighborCount(), s.explained(), hops, rows(s.sources()));
  }

  private static Row[] rows(List<Neighbor> neighbors) {
    Row[] rows = new Row[neighbors.size()];
    for (int i = 0; i < rows.length; i++) {
      Neighbor n = neighbors.get(i);
      rows[i] = RowFactory.create(n.id(), n.smiles(), n.similarity());
    }
    return rows;
  }
}
