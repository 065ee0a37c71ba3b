package org.chmr.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.chmr.Encoding;
import org.chmr.Imputation;
import org.chmr.Model;
import org.chmr.MoleculeBatch;
import org.chmr.Neighbor;
import org.chmr.PredictOptions;
import org.chmr.Prediction;
import org.chmr.Status;
import org.chmr.Task;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All transforms in one virtual machine, two tasks at a time. */
class LocalTest {
  static SparkSession spark;
  static Model model;

  @BeforeAll
  static void start() {
    spark = Sparks.builder().master("local[2]").getOrCreate();
    model = Models.open(ChmrOptions.DEFAULT);
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void theVersionIsTheLibrarys() throws Exception {
    String version = "<version>" + Model.libraryVersion() + "</version>";
    for (String pom : List.of("bindings/pom.xml", "bindings/spark/pom.xml")) {
      assertTrue(Files.readString(Sparks.root().resolve(pom)).contains(version), pom);
    }
  }

  @Test
  void predictionsAreThoseOfJava(@TempDir Path folder) throws Exception {
    List<Row> rows = Sparks.molecules(300);
    String[] tasks = {"bbbp/p_np", "biogen/*"};
    // Batches smaller than partitions, and a last one that is not full.
    Dataset<Row> predicted =
        Chmr.predict(Sparks.frame(spark, rows).repartition(3), "smiles", ChmrOptions.DEFAULT.withBatchRows(64), tasks);
    List<String> names = List.of(predicted.schema().fieldNames());
    int[] indices = model.tasks().stream()
        .filter(t -> t.name().equals("bbbp/p_np") || t.dataset().equals("biogen"))
        .sorted((a, b) -> Boolean.compare(b.name().equals("bbbp/p_np"), a.name().equals("bbbp/p_np")))
        .mapToInt(t -> t.index()).toArray();
    assertEquals(List.of("id", "smiles", "bbbp/p_np"), names.subList(0, 3));
    assertEquals(2 + indices.length + 3, names.size());
    String hlm = names.stream().filter(n -> n.contains("HLM")).findFirst().orElseThrow();
    assertTrue(predicted.schema().apply(hlm).metadata().contains("unit"), predicted.schema().json());
    MoleculeBatch batch = new MoleculeBatch();
    for (Row row : rows) batch.addSmiles(row.isNullAt(1) ? "" : row.getString(1));
    Prediction p = model.predict(batch, PredictOptions.DEFAULT.withTasks(indices));
    String out = folder.resolve("out").toString();
    predicted.write().parquet(out);
    List<Row> found = spark.read().parquet(out).orderBy("id").collectAsList();
    assertEquals(rows.size(), found.size());
    for (int i = 0; i < found.size(); i++) {
      Row row = found.get(i);
      assertEquals((long) i, row.getLong(0));
      assertEquals(rows.get(i).get(1), row.get(1));
      assertEquals(p.status(i).name(), row.<String>getAs(Transform.STATUS));
      assertEquals(p.reason(i).orElse(null), row.<String>getAs(Transform.REASON));
      assertEquals(p.note(i).orElse(null), row.<String>getAs(Chmr.NOTE));
      for (int t = 0; t < indices.length; t++) {
        if (p.status(i) == Status.OK) assertEquals(p.value(i, t), row.getFloat(2 + t));
        else assertTrue(row.isNullAt(2 + t));
      }
    }
    assertEquals(6, found.stream().filter(row -> !row.getAs(Transform.STATUS).equals("OK")).count());
  }

  @Test
  void whatPredictionsAreWorth(@TempDir Path folder) throws Exception {
    List<Row> rows = Sparks.molecules(20);
    ChmrOptions options = ChmrOptions.DEFAULT.withTrust(0.9).withBatchRows(8);
    Dataset<Row> predicted = Chmr.predict(Sparks.frame(spark, rows), "smiles", options, "biogen/*", "bbbp/p_np");
    String out = folder.resolve("out").toString();
    predicted.write().parquet(out);
    List<Row> found = spark.read().parquet(out).orderBy("id").collectAsList();
    List<Task> tasks = model.tasks().stream().filter(t -> t.dataset().equals("biogen")).collect(Collectors.toList());
    assertEquals(2 + 7 + 6 + 2 + 3, predicted.columns().length);
    int[] indices = tasks.stream().mapToInt(Task::index).toArray();
    Prediction p =
        model.predict(
            MoleculeBatch.ofSmiles(List.of(rows.get(3).getString(1))),
            PredictOptions.DEFAULT.withTasks(indices).withTrust(true));
    int coverage = -1;
    for (int c = 0; c < p.coverages().length; c++) if (Math.abs(p.coverages()[c] - 0.9) < 1e-6) coverage = c;
    for (int t = 0; t < indices.length; t++) {
      Row interval = found.get(3).getAs(tasks.get(t).name() + " interval");
      assertEquals(p.interval(0, t, coverage).orElseThrow().lower(), interval.<Float>getAs("lower"));
      assertEquals(p.interval(0, t, coverage).orElseThrow().upper(), interval.<Float>getAs("upper"));
    }
    Row domain = found.get(3).getAs("biogen domain");
    assertEquals(p.domain(0, 0).orElseThrow().inside(), domain.<Boolean>getAs("inside"));
    assertEquals(p.domain(0, 0).orElseThrow().nearest(), domain.<Float>getAs("nearest"));
    assertEquals(p.domain(0, 0).orElseThrow().reason().orElse(null), domain.<String>getAs("reason"));
    assertNotNull(found.get(3).getAs("bbbp domain"));
    assertNull(found.get(7).getAs("biogen domain"));
    assertNull(found.get(7).getAs(tasks.get(0).name() + " interval"));
    String about = predicted.schema().apply("bbbp/p_np").metadata().getString("model");
    assertTrue(about.contains(model.identity().sha256()), about);
    Dataset<Row> frame = Sparks.frame(spark, rows);
    refused("intervals for", () -> Chmr.predict(frame, "smiles", ChmrOptions.DEFAULT.withTrust(0.123)));
    refused("between 0 and 1", () -> ChmrOptions.DEFAULT.withTrust(1));
  }

  @Test
  void imputedProfilesHaveSpreadAndSupport() throws Exception {
    List<Row> rows = Sparks.molecules(20);
    Dataset<Row> imputed = Chmr.impute(Sparks.frame(spark, rows), "smiles", "expression");
    String[] features = imputed.schema().apply("chmr_values").metadata().getStringArray("features");
    assertEquals(model.modality("expression").features(), List.of(features));
    List<Row> found = imputed.orderBy("id").collectAsList();
    try (Imputation i = model.impute(MoleculeBatch.ofSmiles(List.of(rows.get(3).getString(1))), "expression")) {
      Row row = found.get(3);
      assertArrayEquals(i.values(0), floats(row.getList(row.fieldIndex("chmr_values"))));
      assertArrayEquals(i.spread(0), floats(row.getList(row.fieldIndex("chmr_spread"))));
      Row support = row.getAs("chmr_support");
      assertEquals("REGRESSION", support.<String>getAs("method"));
      assertEquals(i.support(0).orElseThrow().nearest(), support.<Float>getAs("nearest"));
      assertEquals(1, support.<Integer>getAs("hops"));
      List<Row> sources = support.getList(support.fieldIndex("sources"));
      assertEquals(i.support(0).orElseThrow().sources().get(0).id(), sources.get(0).getString(0));
    }
    Row bad = found.get(7);
    assertNull(bad.getAs("chmr_values"));
    assertNull(bad.getAs("chmr_support"));
    assertEquals("MOLECULE_SYNTAX", bad.<String>getAs(Transform.STATUS));
  }

  @Test
  void neighborsComeNearestFirst() throws Exception {
    List<Row> rows = Sparks.molecules(10);
    Row row = Chmr.neighbors(Sparks.frame(spark, rows), "smiles", 3).orderBy("id").collectAsList().get(2);
    List<Row> found = row.getList(row.fieldIndex("chmr_neighbors"));
    List<Neighbor> expected = model.neighbors(MoleculeBatch.ofSmiles(List.of(rows.get(2).getString(1)))).of(0);
    for (int i = 0; i < 3; i++) {
      assertEquals(
          RowFactory.create(expected.get(i).id(), expected.get(i).smiles(), expected.get(i).similarity()),
          RowFactory.create(found.get(i).get(0), found.get(i).get(1), found.get(i).get(2)));
    }
    assertEquals(3, found.size());
  }

  @Test
  void placesInTheHierarchy() throws Exception {
    ChmrOptions options = ChmrOptions.DEFAULT.withModel(Sparks.small("codebook.chmr"));
    List<Row> rows = Sparks.molecules(10);
    List<Row> found = Chmr.encode(Sparks.frame(spark, rows), "smiles", options).orderBy("id").collectAsList();
    try (Encoding e = Models.open(options).encode(MoleculeBatch.ofSmiles(List.of(rows.get(4).getString(1))))) {
      Row place = found.get(4).getAs("chmr_latent");
      assertEquals(e.path(0, 0), place.getString(0));
      assertEquals(3, place.getList(1).size());
      assertArrayEquals(e.cosines(0, 0), floats(place.getList(2)));
      assertArrayEquals(e.latent(0, 0), floats(place.getList(3)));
    }
    assertNull(found.get(7).getAs("chmr_latent"));
    // One model a virtual machine.
    assertSame(Models.open(options), Models.open(ChmrOptions.DEFAULT.withModel(Sparks.small("codebook.chmr"))));
  }

  @Test
  void aFunctionInSql() throws Exception {
    Chmr.register(spark);
    Sparks.frame(spark, Sparks.molecules(10)).createOrReplaceTempView("molecules");
    List<Row> found =
        spark.sql("select id, chmr_predict(smiles, 'bbbp/p_np') p from molecules order by id").collectAsList();
    String smiles = Sparks.molecules(10).get(3).getString(1);
    assertEquals(model.predictOne(smiles, model.task("bbbp/p_np").index())[0], found.get(3).getFloat(1));
    assertTrue(found.get(7).isNullAt(1));
    List<Row> scored =
        spark.sql("select id, chmr_score(smiles, 'bbbp/p_np') s from molecules order by id").collectAsList();
    Row good = scored.get(3).getStruct(1);
    assertEquals(RowFactory.create(found.get(3).getFloat(1), "OK", null), RowFactory.create(good.get(0), good.get(1), good.get(2)));
    Row bad = scored.get(7).getStruct(1);
    assertTrue(bad.isNullAt(0));
    assertEquals("MOLECULE_SYNTAX", bad.getString(1));
    assertTrue(bad.getString(2).length() > 5);
    assertTrue(spark.sql("select chmr_score(null, 'bbbp/p_np')").first().isNullAt(0));
    Exception e = assertThrows(
        SparkException.class, () -> spark.sql("select chmr_predict(smiles, 'no/such') from molecules").collect());
    assertTrue(causes(e).contains("no task 'no/such'"), causes(e));
  }

  @Test
  void whatCannotBeIsRefusedBeforeAnythingRuns() {
    Dataset<Row> rows = Sparks.frame(spark, Sparks.molecules(3));
    refused("no/such", () -> Chmr.predict(rows, "smiles", "no/such"));
    refused("does not exist", () -> Chmr.predict(rows, "structure"));
    refused("expected a string", () -> Chmr.predict(rows, "id"));
    refused("rename or drop it", () -> Chmr.neighbors(Chmr.neighbors(rows, "smiles", 1), "smiles", 1));
    refused("no modality", () -> Chmr.impute(rows, "smiles", "nothing"));
    refused("absent.chmr", () -> Chmr.predict(rows, "smiles", ChmrOptions.DEFAULT.withModel("absent.chmr")));
    refused("expected at least 1", () -> ChmrOptions.DEFAULT.withBatchRows(0));
    if (model.hierarchy().isEmpty()) refused("codebook", () -> Chmr.encode(rows, "smiles", ChmrOptions.DEFAULT));
    assertFalse(Chmr.predict(rows.limit(0), "smiles", "bbbp/p_np").toLocalIterator().hasNext());
  }

  private static void refused(String why, org.junit.jupiter.api.function.Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertNotNull(message);
    assertTrue(message.contains(why), message);
  }

  private static String causes(Throwable e) {
    StringBuilder all = new StringBuilder();
    for (Throwable t = e; t != null; t = t.getCause()) all.append(t.getMessage()).append('\n');
    return all.toString();
  }

  private static float[] floats(List<Object> values) {
    List<Float> numbers = values.stream().map(v -> (Float) v).collect(Collectors.toList());
    float[] out = new float[numbers.size()];
    for (int i = 0; i < out.length; i++) out[i] = numbers.get(i);
    return out;
  }
}
