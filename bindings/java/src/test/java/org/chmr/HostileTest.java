package org.chmr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that a caller passes ends the virtual machine. */
class HostileTest {
  static void refused(Status status, Executable call) {
    ChmrException e = assertThrows(ChmrException.class, call);
    assertEquals(status, e.getStatus(), e.getMessage());
    assertTrue(e.getMessage().length() > 3);
  }

  @Test
  void nulls() throws Exception {
    refused(Status.INVALID_ARGUMENT, () -> Model.open((Path) null));
    refused(Status.INVALID_ARGUMENT, () -> Model.open((byte[]) null));
    MoleculeBatch batch = new MoleculeBatch();
    refused(Status.INVALID_ARGUMENT, () -> batch.addSmiles(null));
    refused(Status.INVALID_ARGUMENT, () -> batch.addMolblock(null));
    refused(Status.INVALID_ARGUMENT, () -> batch.addSdf(null));
    refused(Status.INVALID_ARGUMENT, () -> MoleculeBatch.ofSmiles(null));
    assertEquals(0, batch.size());
    NullPointerException e =
        assertThrows(NullPointerException.class, () -> PredictOptions.DEFAULT.withTasks((int[]) null));
    assertTrue(e.getMessage().startsWith("tasks is null"), e.getMessage());
    try (Model model = Model.openDefault()) {
      refused(Status.INVALID_ARGUMENT, () -> model.predict(null));
      refused(Status.INVALID_ARGUMENT, () -> model.predict(batch, null));
      refused(Status.INVALID_ARGUMENT, () -> model.predictOne(null));
      refused(Status.INVALID_ARGUMENT, () -> model.task(null));
      refused(Status.INVALID_ARGUMENT, () -> new ColumnScorer(model, null, 1, (key, values, refusal) -> {}));
      refused(Status.INVALID_ARGUMENT, () -> new ColumnScorer(model, List.of(), 1, null));
      refused(Status.INVALID_ARGUMENT, () -> new ColumnScorer(null, List.of(), 1, (key, values, refusal) -> {}));
      for (float threshold : new float[] {-0.1f, 1.1f, Float.NaN}) {
        refused(
            Status.INVALID_ARGUMENT, () -> model.neighbors(batch, NeighborOptions.DEFAULT.withLeast(threshold)));
      }
    }
  }

  @Test
  void badSelections() throws Exception {
    try (Model model = Model.openDefault()) {
      MoleculeBatch batch = ModelTest.many(1);
      int[][] selections = {{}, {-1}, {743}, {Integer.MIN_VALUE}, {0, 0}};
      for (int[] tasks : selections) {
        refused(Status.INVALID_ARGUMENT, () -> model.predict(batch, PredictOptions.DEFAULT.withTasks(tasks)));
      }
      refused(Status.INVALID_ARGUMENT, () -> model.predict(batch, PredictOptions.DEFAULT.withThreads(-1)));
      refused(Status.INVALID_ARGUMENT, () -> model.predictOne("C", 743));
      refused(Status.INVALID_ARGUMENT, () -> model.predictOne("C", 0, -5));
    }
  }

  @Test
  void malformedTextIsNoMolecule() throws Exception {
    MoleculeBatch batch = new MoleculeBatch();
    for (String half : new String[] {"C\ud800", "\udc00", "C\udfff\ud800C"}) {
      refused(Status.INVALID_TEXT, () -> batch.addSmiles(half));
    }
    batch.addSmiles("C\u0000C");
    batch.addSmiles("\ud83d\ude00"); // a whole pair is text, only not a molecule
    batch.addSmiles("C".repeat(10_000_000));
    batch.addSmiles("(".repeat(100_000));
    batch.addSmiles("C");
    try (Model model = Model.openDefault()) {
      Prediction p = model.predict(batch, PredictOptions.DEFAULT.withTasks(0));
      for (int row = 0; row < 4; row++) assertTrue(p.status(row).number() / 100 == 3, "row " + row);
      assertEquals(Status.OK, p.status(4));
      refused(Status.INVALID_TEXT, () -> model.predictOne("\ud800", 0));
      refused(Status.MOLECULE_LIMIT, () -> model.predictOne("C".repeat(5_000_000), 0));
    }
  }

  /** Two records are two molecules to {@code addSdf}, and none to {@code addMolblock}. */
  @Test
  void recordsOfSdFiles() throws Exception {
    String record =
        "methane\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n"
            + "> <score>\n1\n2\n\n> <score>\nü\n\n$$$$\n";
    MoleculeBatch batch = new MoleculeBatch();
    batch.addSmiles("C");
    batch.addMolblock(record + record);
    batch.addMolblock(record);
    assertEquals(2, batch.addSdf(record + record));
    assertEquals("methane", batch.title(4));
    assertEquals(2, batch.fields(3).size());
    assertEquals("score", batch.fields(3).get(1).getKey());
    assertEquals("1\n2", batch.fields(3).get(0).getValue());
    assertEquals("ü", batch.fields(3).get(1).getValue());
    assertEquals("", batch.title(0));
    assertTrue(batch.fields(2).isEmpty());
    assertThrows(IndexOutOfBoundsException.class, () -> batch.title(5));
    try (Model model = Model.openDefault()) {
      Prediction p = model.predict(batch, PredictOptions.DEFAULT.withTasks(0));
      for (int row : new int[] {0, 2, 3, 4}) assertEquals(Status.OK, p.status(row), "row " + row);
      assertEquals(Status.MOLECULE_SYNTAX, p.status(1));
      assertTrue(p.reason(1).orElseThrow().contains("SD file"), p.reason(1).orElseThrow());
    }
    batch.clear();
    assertEquals(0, batch.addSdf(""));
    batch.addSmiles("C");
    assertEquals("", batch.title(0));
  }

  @Test
  void noModels(@TempDir Path folder) throws Exception {
    refused(Status.MODEL_IO, () -> Model.open(folder.resolve("absent.chmr")));
    refused(Status.MODEL_IO, () -> Model.open(folder));
    refused(Status.MODEL_INVALID, () -> Model.open(new byte[0]));
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    refused(Status.MODEL_INVALID, () -> Model.open(noise));
    Path cut = folder.resolve("cut.chmr");
    byte[] whole = Files.readAllBytes(ModelTest.root().resolve("models/default.chmr"));
    Files.write(cut, java.util.Arrays.copyOf(whole, whole.length / 2));
    refused(Status.MODEL_INVALID, () -> Model.open(cut));
  }

  /** Each bound acts, by file and by bytes, and its message names it. */
  @Test
  void boundsOfOpening() throws Exception {
    Path file = ModelTest.root().resolve("models/default.chmr");
    byte[] whole = Files.readAllBytes(file);
    OpenOptions most = OpenOptions.DEFAULT;
    for (OpenOptions options : List.of(
        most.withUnpackedBytes(1), most.withNodes(1), most.withNetworkWeights(1), most.withRowWork(1),
        most.withMembers(1), most.withStages(1), most.withTasks(1), most.withModalities(1), most.withProfileValues(1))) {
      ChmrException e = assertThrows(ChmrException.class, () -> Model.open(file, options));
      assertEquals(Status.LIMIT, e.getStatus(), e.getMessage());
      assertTrue(e.getMessage().contains("(option "), e.getMessage());
    }
    ChmrException e = assertThrows(ChmrException.class, () -> Model.open(whole, most.withMembers(2)));
    assertTrue(e.getMessage().contains("(option members)"), e.getMessage());
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> most.withTasks(-1)).getMessage().startsWith("tasks is -1"));
    // What is bounded later: planning, of the network that gives latents (others are not planned), and fitting.
    try (Model model = Model.open(whole, most.withPlanSteps(1).withFitWork(1).withTasks(0))) {
      refused(Status.LIMIT, () -> model.encode(ModelTest.many(1)));
      refused(Status.LIMIT, () -> model.impute(ModelTest.many(1), model.modalities().get(0).name()));
    }
  }

  @Test
  void closedObjectsSayso() throws Exception {
    Model model = Model.openDefault();
    MoleculeBatch batch = ModelTest.many(2);
    model.close();
    model.close();
    assertTrue(model.isClosed());
    refused(Status.CLOSED, () -> model.predict(batch));
    refused(Status.CLOSED, () -> model.predictOne("C"));
    assertEquals(743, model.tasks().size());
    refused(Status.CLOSED, () -> model.impute(batch, "expression"));
    refused(Status.CLOSED, () -> model.neighbors(batch));
    refused(Status.CLOSED, () -> model.withLibrary(Library.of(batch, List.of("a", "b"))));
    Run run = new Run();
    run.close();
    run.cancel();
    try (Model open = Model.openDefault()) {
      refused(Status.CLOSED, () -> open.predict(batch, PredictOptions.DEFAULT.withRun(run)));
      Prediction prediction = open.predict(batch, PredictOptions.DEFAULT.withTasks(0));
      prediction.close();
      assertThrows(IllegalStateException.class, () -> prediction.value(0, 0));
      assertEquals(Status.OK, prediction.status(0));
      Neighbors neighbors = open.neighbors(batch);
      neighbors.close();
      assertThrows(IllegalStateException.class, () -> neighbors.of(0));
      batch.close();
      refused(Status.CLOSED, () -> batch.addSmiles("C"));
      refused(Status.CLOSED, () -> open.predict(batch));
      assertEquals(0, batch.size());
    }
  }

  @Test
  void aModelFileOpensLikeTheEmbeddedOne() throws Exception {
    Path file = Paths.get(ModelTest.root().toString(), "models", "default.chmr");
    try (Model byPath = Model.open(file); Model embedded = Model.openDefault()) {
      assertEquals(embedded.identity(), byPath.identity());
    }
  }
}
