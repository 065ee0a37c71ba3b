package org.chmr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SoakTest {
  /** A short run of {@code soak.sh}, in a virtual machine of its own. */
  @Test
  void memoryStaysFlat() throws Exception {
    Path model = ModelTest.root().resolve("target/tmp/hosts/structure.chmr");
    assumeTrue(Files.exists(model), model + " is made by `cargo test --release --test host_models`");
    String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    Process process = new ProcessBuilder(
        java, "-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-Dchmr.library.cache=" + System.getProperty("chmr.library.cache"), "-cp",
        System.getProperty("java.class.path"), Soak.class.getName(), model.toString(),
        System.getProperty("chmr.soak.rows", "60000")).redirectErrorStream(true).start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), told);
    assertTrue(told.contains("flat:"), told);
  }
}
