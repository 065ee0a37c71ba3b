package org.chmr.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import py4j.GatewayServer;

/** The Python module against this program's Spark, over the gateway that PySpark uses too. */
class PythonTest {
  @Test
  void everyFunctionOfTheModule() throws Exception {
    String python = System.getProperty("chmr.python", "python3");
    String found = "import importlib.util as u, sys; sys.exit(u.find_spec('py4j') is None)";
    assumeTrue(run(python, "-c", found) == 0, python + " has no py4j");
    String codebook = Sparks.small("codebook.chmr");
    String token = Long.toHexString(new java.security.SecureRandom().nextLong());
    SparkSession spark = Sparks.builder().master("local[2]").getOrCreate();
    GatewayServer gateway = new GatewayServer.GatewayServerBuilder(spark)
        .javaPort(0).javaAddress(InetAddress.getLoopbackAddress()).authToken(token).build();
    try {
      gateway.start();
      String script = Sparks.root().resolve("bindings/spark/python/test_chmr_spark.py").toString();
      assertEquals(0, run(python, script, "" + gateway.getListeningPort(), token, codebook));
    } finally {
      gateway.shutdown();
      spark.stop();
    }
  }

  private static int run(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) System.err.println(told);
      return process.waitFor();
    } catch (IOException absent) {
      return -1;
    }
  }
}
