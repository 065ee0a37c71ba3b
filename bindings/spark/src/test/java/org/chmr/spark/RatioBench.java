package org.chmr.spark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.chmr.Model;
import org.chmr.MoleculeBatch;
import org.chmr.PredictOptions;
import org.junit.jupiter.api.Test;

/**
 * What Spark costs beyond the Java binding, in processor time of one run. Not a test: {@code -Dit.test=RatioBench} runs it.
 */
class RatioBench {
  private static final int ROWS = Integer.getInteger("chmr.bench.rows", 8192);

  @Test
  void sparkAgainstPlainJava() throws Exception {
    List<String> smiles = new ArrayList<>();
    List<String> golden = Files.readAllLines(Sparks.root().resolve("tests/golden/fingerprints.csv"));
    for (int i = 0; smiles.size() < ROWS; i++) smiles.add(golden.get(1 + i % (golden.size() - 1)).split(",")[0]);
    SparkSession spark = Sparks.builder().master("local[1]").getOrCreate();
    Model model = Models.open(ChmrOptions.DEFAULT);
    try {
      List<Row> rows = new ArrayList<>();
      for (String s : smiles) rows.add(RowFactory.create((long) rows.size(), s));
      String in = Files.createTempDirectory("chmr").resolve("in").toString();
      Sparks.frame(spark, rows).coalesce(1).write().parquet(in);
      for (String[] tasks : new String[][] {{}, {"biogen/*"}}) {
        int[] indices = model.tasks().stream()
            .filter(t -> tasks.length == 0 || t.dataset().equals("biogen")).mapToInt(t -> t.index()).toArray();
        double[] java = new double[5];
        double[] viaSpark = new double[5];
        for (int round = -1; round < 5; round++) { // the first is for warming up
          double start = seconds();
          for (int from = 0; from < ROWS; from += 1024) {
            MoleculeBatch batch = MoleculeBatch.ofSmiles(smiles.subList(from, Math.min(ROWS, from + 1024)));
            model.predict(batch, PredictOptions.DEFAULT.withTasks(indices).withThreads(1));
          }
          double middle = seconds();
          Dataset<Row> scored = Chmr.predict(spark.read().parquet(in), "smiles", tasks);
          scored.write().format("noop").mode("overwrite").save();
          if (round < 0) continue;
          java[round] = middle - start;
          viaSpark[round] = seconds() - middle;
        }
        Arrays.sort(java);
        Arrays.sort(viaSpark);
        System.out.printf(
            "%d tasks: %.0f molecules/s by Java, %.0f by Spark: %.3f of it (medians of 5, processor time)%n",
            indices.length, ROWS / java[2], ROWS / viaSpark[2], java[2] / viaSpark[2]);
      }
    } finally {
      spark.stop();
    }
  }

  /** Processor time of all threads so far. */
  private static double seconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
  }
}
