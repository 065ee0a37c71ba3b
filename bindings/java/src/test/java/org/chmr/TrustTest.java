package org.chmr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TrustTest {
  private static Model model;
  private static PredictOptions biogen;

  @BeforeAll
  static void open() throws ChmrException {
    model = Model.openDefault();
    int[] tasks = model.tasks().stream().filter(t -> t.dataset().equals("biogen")).mapToInt(Task::index).toArray();
    biogen = PredictOptions.DEFAULT.withTasks(tasks);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void theCommandLineSaysTheSame() throws Exception {
    Path program = ModelTest.root().resolve("target/release/chmr");
    assumeTrue(Files.isExecutable(program), program + " is not built");
    // The last resembles nothing that the heads have learnt from.
    List<String> smiles = new ArrayList<>(List.of(ModelTest.ASPIRIN, "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21", "[Xe]"));
    Path input = Files.createTempFile("chmr", ".smi");
    Files.write(input, smiles);
    Process process =
        new ProcessBuilder(
                program.toString(), "predict", "--tasks", "biogen/*", "--trust", "--coverage", "0.9", "--format", "jsonl",
                input.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String[] lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip().split("\n");
    assertEquals(0, process.waitFor());
    Files.delete(input);
    Prediction p = model.predict(MoleculeBatch.ofSmiles(smiles), biogen.withTrust(true));
    int coverage = -1;
    for (int c = 0; c < p.coverages().length; c++) if (p.coverages()[c] == 0.9f) coverage = c;
    assertTrue(coverage >= 0);
    for (int row = 0; row < smiles.size(); row++) {
      for (int column = 0; column < p.tasks().size(); column++) {
        Interval interval = p.interval(row, column, coverage).orElseThrow();
        String task = p.tasks().get(column).name();
        assertEquals(told(lines[row], task + " lower"), Float.toString(interval.lower()), 1e-6f);
        assertEquals(told(lines[row], task + " upper"), Float.toString(interval.upper()), 1e-6f);
        assertTrue(interval.lower() < p.value(row, column) && p.value(row, column) < interval.upper());
      }
      Domain domain = p.domain(row, 0).orElseThrow();
      assertEquals("biogen", domain.dataset());
      assertEquals(told(lines[row], "biogen domain"), domain.inside() ? "in" : "out");
      assertEquals(told(lines[row], "biogen nearest"), Float.toString(domain.nearest()), 1e-6f);
      assertEquals(told(lines[row], "biogen reason"), domain.reason().orElse(""));
      assertTrue(domain.nearest() >= domain.leastSimilarity() || !domain.inside());
    }
    assertTrue(p.domain(1, 0).orElseThrow().inside());
    assertFalse(p.domain(2, 0).orElseThrow().inside());
  }

  /** The same number, but for how it is written. */
  private static void assertEquals(String told, String found, float tolerance) {
    org.junit.jupiter.api.Assertions.assertEquals(Float.parseFloat(told), Float.parseFloat(found), tolerance);
  }

  private static void assertEquals(Object told, Object found) {
    org.junit.jupiter.api.Assertions.assertEquals(told, found);
  }

  /** A field of a line of JSON, as text. */
  private static String told(String line, String name) {
    Matcher field = Pattern.compile(Pattern.quote("\"" + name + "\":") + "\"?([^\"]*?)\"?(,\"|})").matcher(line);
    assertTrue(field.find(), name + " in " + line);
    return field.group(1);
  }

  @Test
  void whatIsNoDrugLikeMoleculeIsFlagged() throws Exception {
    Prediction p = model.predict(MoleculeBatch.ofSmiles(List.of("[Na+].[Cl-]", ModelTest.ASPIRIN, "C(C", "*")), biogen);
    EnumSet<MoleculeFlag> salt =
        EnumSet.of(
            MoleculeFlag.NO_CARBON, MoleculeFlag.METAL, MoleculeFlag.SEVERAL_COMPONENTS, MoleculeFlag.TOO_SMALL);
    assertEquals(salt, p.flags(0));
    assertTrue(p.note(0).orElseThrow().contains("several components"), p.note(0).toString());
    assertTrue(p.status(0) == Status.OK && Float.isFinite(p.value(0, 0)));
    for (int row = 1; row < 3; row++) assertTrue(p.flags(row).isEmpty() && p.note(row).isEmpty());
    assertTrue(p.flags(3).contains(MoleculeFlag.DUMMY_ATOM));
    assertThrows(IndexOutOfBoundsException.class, () -> p.flags(4));
    assertThrows(IndexOutOfBoundsException.class, () -> p.note(-1));
  }

  @Test
  void refusedRowsAndClassesHaveNone() throws Exception {
    MoleculeBatch batch = MoleculeBatch.ofSmiles(List.of("C(C", "CCO"));
    Prediction p = model.predict(batch, biogen.withTrust(true));
    assertTrue(p.interval(0, 0, 0).isEmpty() && p.domain(0, 0).isEmpty());
    assertTrue(p.interval(1, 0, 0).isPresent() && p.domain(1, 0).isPresent());
    Prediction classes =
        model.predict(batch, PredictOptions.DEFAULT.withTasks(model.task("bbbp/p_np").index()).withTrust(true).withThreads(1));
    assertTrue(classes.interval(1, 0, 0).isEmpty() && classes.domain(1, 0).isPresent());
  }

  @Test
  void whatTheMoleculeWasKnownBy() throws Exception {
    Prediction p = model.predict(MoleculeBatch.ofSmiles(List.of("CCO", "C(C")), biogen);
    assertEquals(List.of("structure", "expression", "morphology"), p.modalities());
    assertEquals(Provision.OBSERVED, p.provision(0, 0));
    assertEquals(Provision.ABSENT, p.provision(0, 1));
    assertEquals(Provision.ABSENT, p.provision(1, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> p.provision(0, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> p.provision(2, 0));
  }

  @Test
  void whatIsNotThereIsAnException() throws Exception {
    Prediction plain = model.predict(MoleculeBatch.ofSmiles(List.of("CCO")), biogen);
    assertEquals(0, plain.coverages().length);
    assertTrue(plain.domain(0, 0).isEmpty());
    assertThrows(IndexOutOfBoundsException.class, () -> plain.interval(0, 0, 0));
    Prediction p = model.predict(MoleculeBatch.ofSmiles(List.of("CCO")), biogen.withTrust(true));
    int coverages = p.coverages().length;
    assertTrue(coverages > 1);
    p.coverages()[0] = 7; // a copy
    assertTrue(p.coverages()[0] < p.coverages()[1]);
    assertThrows(IndexOutOfBoundsException.class, () -> p.interval(0, 0, coverages));
    assertThrows(IndexOutOfBoundsException.class, () -> p.interval(0, 0, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> p.interval(1, 0, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> p.domain(0, 6));
    assertThrows(IndexOutOfBoundsException.class, () -> p.domain(-1, 0));
    p.close();
    assertThrows(IllegalStateException.class, () -> p.interval(0, 0, 0));
    assertTrue(model.predict(new MoleculeBatch(), biogen.withTrust(true)).coverages().length > 1);
    Path toy = ModelTest.root().resolve("target/tmp/hosts/structure.chmr");
    if (Files.exists(toy)) {
      try (Model without = Model.open(toy)) {
        ChmrException e =
            assertThrows(
                ChmrException.class,
                () -> without.predict(MoleculeBatch.ofSmiles(List.of("C")), PredictOptions.DEFAULT.withTrust(true)));
        assertEquals(Status.INVALID_ARGUMENT, e.getStatus());
      }
    }
  }
}
