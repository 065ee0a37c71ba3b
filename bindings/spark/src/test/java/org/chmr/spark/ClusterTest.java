package org.chmr.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.chmr.Model;
import org.chmr.MoleculeBatch;
import org.chmr.Prediction;
import org.chmr.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A standalone cluster on the loopback interface: a master and two workers, programs of their own, one of which is killed. */
class ClusterTest {
  private static final int PARTITIONS = 8;
  /** Seconds that anything may take here before the test gives up. */
  private static final int PATIENCE = 240;

  private final List<Process> processes = new ArrayList<>();

  @Test
  void aWorkerDiesInTheMiddleAndNothingIsLostOrDoubled(@TempDir Path folder) throws Exception {
    Path home = sparkHome(folder);
    int port = freePort();
    String url = "spark://127.0.0.1:" + port;
    SparkSession spark = null;
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      start(folder, home, "master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "" + port,
          "--webui-port", "0");
      Path logs = folder.resolve("master.log");
      await("the master", () -> told(logs, "I have been elected leader"));
      Process[] workers = new Process[2];
      for (int i = 0; i < 2; i++) {
        workers[i] =
            start(folder, home, "worker" + i, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1",
                "--webui-port", "0", "--cores", "1", "--memory", "700m", "--work-dir",
                folder.resolve("work" + i).toString(), url);
      }
      await("two workers", () -> told(logs, "Registering worker", 2));
      String natives = Sparks.target().resolve("natives-cache").toString();
      spark = Sparks.builder().master(url)
          .config("spark.executor.memory", "512m")
          .config("spark.executor.cores", 1)
          .config("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dchmr.library.cache=" + natives)
          // As `--jars` does; the second holds the classes of this test.
          .config("spark.jars", jars(folder))
          .getOrCreate();
      // The model comes to the workers as a file of the job.
      String model = Sparks.small("structure.chmr");
      spark.sparkContext().addFile(model);
      ChmrOptions options = ChmrOptions.DEFAULT.withModel("structure.chmr").withBatchRows(100);

      List<Row> molecules = Sparks.molecules(4_000);
      Path marks = Files.createDirectory(folder.resolve("marks"));
      Dataset<Row> input = Sparks.frame(spark, molecules).repartition(PARTITIONS);
      Dataset<Row> scored = Chmr.predict(input, "smiles", options);
      Dataset<Row> held = scored.mapPartitions(new Gate(marks.toString()), Encoders.row(scored.schema()));
      String out = folder.resolve("out").toString();
      Future<?> job = pool.submit(() -> held.write().parquet(out));

      // Both executors are in the middle of a partition, having done others before.
      await("both executors at the gate", () -> list(marks, "waiting-").size() == 2);
      assertTrue(!job.isDone());
      // One machine is gone: the worker and its executor.
      long executor = Long.parseLong(list(marks, "waiting-").get(0).split("-")[1]);
      Process worker = null;
      for (Process w : workers) {
        if (w.descendants().anyMatch(d -> d.pid() == executor)) worker = w;
      }
      worker.destroyForcibly().waitFor();
      ProcessHandle handle = ProcessHandle.of(executor).orElseThrow();
      handle.destroyForcibly();
      handle.onExit().get(PATIENCE, TimeUnit.SECONDS);
      Files.createFile(marks.resolve("open"));
      job.get(PATIENCE, TimeUnit.SECONDS);

      // The dead executor had begun partitions that another finished.
      Set<String> began = list(marks, "began-").stream().map(n -> n.split("-")[1]).collect(Collectors.toSet());
      assertTrue(began.size() >= 2 && began.contains("" + executor), began.toString());
      same(molecules, spark.read().parquet(out).orderBy("id").collectAsList(), model);
    } finally {
      pool.shutdownNow();
      if (spark != null) spark.stop();
      for (Process p : processes) p.descendants().forEach(ProcessHandle::destroyForcibly);
      for (Process p : processes) p.destroyForcibly().waitFor();
    }
  }

  /** Every molecule once, with the values that this program computes by itself. */
  private static void same(List<Row> molecules, List<Row> found, String file) throws Exception {
    assertEquals(molecules.size(), found.size());
    Set<Long> ids = new HashSet<>();
    MoleculeBatch batch = new MoleculeBatch();
    for (Row row : molecules) batch.addSmiles(row.isNullAt(1) ? "" : row.getString(1));
    try (Model model = Model.open(Paths.get(file))) {
      Prediction p = model.predict(batch);
      for (int i = 0; i < found.size(); i++) {
        Row row = found.get(i);
        assertTrue(ids.add(row.getLong(0)));
        assertEquals((long) i, row.getLong(0));
        assertEquals(p.status(i).name(), row.<String>getAs(Transform.STATUS));
        for (int t = 0; t < p.tasks().size(); t++) {
          if (p.status(i) == Status.OK) assertEquals(p.value(i, t), row.getFloat(2 + t));
          else assertTrue(row.isNullAt(2 + t));
        }
      }
    }
  }

  /**
   * Lets the first two partitions of the job pass; later ones stop in their middle, with rows done and rows to come, until
   * the gate is opened.
   */
  static final class Gate implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1L;

    private final String folder;

    Gate(String folder) {
      this.folder = folder;
    }

    @Override
    public java.util.Iterator<Row> call(java.util.Iterator<Row> rows) throws IOException {
      long pid = ProcessHandle.current().pid();
      int partition = TaskContext.getPartitionId();
      Path marks = Paths.get(folder);
      assertExecutor();
      mark(marks.resolve("began-" + pid + "-" + partition + "-" + TaskContext.get().attemptNumber()));
      return new java.util.Iterator<>() {
        private int given;

        @Override
        public boolean hasNext() {
          return rows.hasNext();
        }

        @Override
        public Row next() {
          if (++given == 250 && partition >= 2) pause();
          return rows.next();
        }

        private void pause() {
          try {
            if (!Files.exists(marks.resolve("open"))) mark(marks.resolve("waiting-" + pid + "-" + partition));
            for (int i = 0; !Files.exists(marks.resolve("open")); i++) {
              if (i > 20 * PATIENCE) throw new IllegalStateException("nobody opened the gate");
              Thread.sleep(50);
            }
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
      };
    }

    private static void assertExecutor() {
      if (SparkEnv.get().executorId().equals("driver")) throw new IllegalStateException("not on the cluster");
    }

    private static void mark(Path file) throws IOException {
      if (!Files.exists(file)) Files.createFile(file);
    }
  }

  /** What Spark's programs look for: its jars in a folder. */
  private static Path sparkHome(Path folder) throws IOException {
    Path jars = Files.createDirectories(folder.resolve("home/jars"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path jar = Paths.get(entry);
      // Not chmr's own: it is to come with the job.
      boolean own = jar.getFileName().toString().startsWith("chmr-");
      if (entry.endsWith(".jar") && !own) Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
    }
    return jars.getParent();
  }

  private static String jars(Path folder) throws IOException {
    Path tests = folder.resolve("chmr-spark-tests.jar");
    try (java.util.jar.JarOutputStream out = new java.util.jar.JarOutputStream(Files.newOutputStream(tests));
        Stream<Path> classes = Files.walk(Sparks.target().resolve("test-classes"))) {
      for (Path file : classes.filter(f -> f.toString().endsWith(".class")).collect(Collectors.toList())) {
        String name = Sparks.target().resolve("test-classes").relativize(file).toString().replace('\\', '/');
        out.putNextEntry(new java.util.jar.JarEntry(name));
        Files.copy(file, out);
      }
    }
    String java = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(e -> Paths.get(e).getFileName().toString().startsWith("chmr-java"))
        .findFirst().orElseThrow(() -> new IllegalStateException("chmr-java's jar is not on the class path"));
    return String.join(",", java, System.getProperty("spark.jar"), tests.toString());
  }

  private Process start(Path folder, Path home, String name, String... program) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Paths.get(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of(System.getProperty("chmr.opens").split(" ")));
    Path log = folder.resolve("log4j2.properties");
    if (!Files.exists(log)) {
      Files.writeString(log, "rootLogger.level = info\nrootLogger.appenderRef.o.ref = o\nappender.o.type = Console\n"
          + "appender.o.name = o\nappender.o.layout.type = PatternLayout\nappender.o.layout.pattern = %m%n\n");
    }
    command.add("-Dlog4j2.configurationFile=" + log);
    command.addAll(List.of("-cp", home.resolve("jars") + File.separator + "*"));
    command.addAll(List.of(program));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".log").toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.12");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      assertTrue(i < 20 * PATIENCE, what + " did not come");
      Thread.sleep(50);
    }
  }

  private static boolean told(Path log, String text) {
    return told(log, text, 1);
  }

  private static boolean told(Path log, String text, int times) {
    try {
      return Files.exists(log) && Files.readString(log).split(text, -1).length > times;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> list(Path folder, String prefix) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).filter(n -> n.startsWith(prefix)).sorted()
          .collect(Collectors.toList());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
