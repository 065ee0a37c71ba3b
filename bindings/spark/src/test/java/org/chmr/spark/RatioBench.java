package org.chmr.spark;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.chmr.Model;
import org.chmr.MoleculeBatch;
import org.chmr.PredictOptions;
import org.junit.jupiter.api.Test;

/**
 * What Spark costs beyond the Java binding, in processor time of one run: that of the tasks, against that of
 * the thread that does the same by itself. Not a test: {@code mvn -f bindings/pom.xml
 * -Dchmr.java.skipTests=true -Dit.test=RatioBench -Dchmr.jvm=-Dbench verify} runs it.
 */
class RatioBench {
  private static final int ROWS = Integer.getInteger("chmr.bench.rows", 4096);

  @Test
  void sparkAgainstPlainJava() throws Exception {
    List<String> smiles = new ArrayList<>();
    List<String> golden = Files.readAllLines(Sparks.root().resolve("tests/golden/fingerprints.csv"));
    for (int i = 0; smiles.size() < ROWS; i++) smiles.add(golden.get(1 + i % (golden.size() - 1)).split(",")[0]);
    SparkSession spark = Sparks.builder().master("local[1]").getOrCreate();
    Model model = Models.open(ChmrOptions.DEFAULT);
    AtomicLong tasksNanos = new AtomicLong();
    spark.sparkContext().addSparkListener(new SparkListener() {
      @Override
      public void onTaskEnd(SparkListenerTaskEnd end) {
        tasksNanos.addAndGet(end.taskMetrics().executorCpuTime());
      }
    });
    try {
      List<Row> rows = new ArrayList<>();
      for (String s : smiles) rows.add(RowFactory.create((long) rows.size(), s));
      String in = Files.createTempDirectory("chmr").resolve("in").toString();
      Sparks.frame(spark, rows).coalesce(1).write().parquet(in);
      for (String[] tasks : new String[][] {{}, {"biogen/*"}}) {
        int[] indices = model.tasks().stream()
            .filter(t -> tasks.length == 0 || t.dataset().equals("biogen")).mapToInt(t -> t.index()).toArray();
        double[] java = new double[3];
        double[] viaSpark = new double[3];
        for (int round = -1; round < 3; round++) { // the first is for warming up
          double start = thread();
          for (int from = 0; from < ROWS; from += 1024) {
            MoleculeBatch batch = MoleculeBatch.ofSmiles(smiles.subList(from, Math.min(ROWS, from + 1024)));
            model.predict(batch, PredictOptions.DEFAULT.withTasks(indices).withThreads(1));
          }
          java[Math.max(round, 0)] = thread() - start;
          tasksNanos.set(0);
          Dataset<Row> scored = Chmr.predict(spark.read().parquet(in), "smiles", tasks);
          scored.write().format("noop").mode("overwrite").save();
          Thread.sleep(500); // the listener is told a little later
          viaSpark[Math.max(round, 0)] = tasksNanos.get() / 1e9;
        }
        Arrays.sort(java);
        Arrays.sort(viaSpark);
        System.out.printf(
            "%d tasks: %.0f molecules/s by Java, %.0f by Spark: %.3f of it (medians of 3, processor time)%n",
            indices.length, ROWS / java[1], ROWS / viaSpark[1], java[1] / viaSpark[1]);
      }
    } finally {
      spark.stop();
    }
  }

  /** Processor time of this thread so far. */
  private static double thread() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9;
  }
}
