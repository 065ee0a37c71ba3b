package org.chmr.spark;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What the tests share. */
final class Sparks {
  static final StructType SCHEMA =
      new StructType().add("id", DataTypes.LongType, false).add("smiles", DataTypes.StringType, true);

  private Sparks() {}

  static SparkSession.Builder builder() {
    return SparkSession.builder()
        .appName("chmr")
        .config("spark.ui.enabled", false)
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", target().resolve("warehouse").toString());
  }

  static Path root() {
    return Paths.get(System.getProperty("chmr.root", "../..")).toAbsolutePath().normalize();
  }

  static Path target() {
    return Paths.get(System.getProperty("chmr.target", "target")).toAbsolutePath();
  }

  /** A model file that the tests of the library make. */
  static String small(String name) {
    Path file = root().resolve("target/tmp/hosts").resolve(name);
    assumeTrue(Files.exists(file), file + " is made by `cargo test --release --test host_models`");
    return file.toString();
  }

  /** So many molecules of some variety; every 50th is none. */
  static List<Row> molecules(int count) {
    String[] ends = {"O", "N", "c1ccccc1", "C(=O)O", "Cl", "S(=O)(=O)N", "C#N", "c1ccncc1"};
    List<Row> rows = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      String smiles = "C".repeat((int) (i % 23) + 1) + (i % 3 == 0 ? "(C)" : "") + "C" + ends[(int) (i % 8)];
      rows.add(RowFactory.create(i, i % 50 == 7 ? (i % 100 == 7 ? "C(C" : null) : smiles));
    }
    return rows;
  }

  static Dataset<Row> frame(SparkSession spark, List<Row> rows) {
    return spark.createDataFrame(rows, SCHEMA);
  }
}
