package org.chmr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imputation, neighbours and libraries. */
class ImputeTest {
  static Model model;

  @BeforeAll
  static void open() throws ChmrException {
    model = Model.openDefault();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void aRowHasValuesSpreadAndSupport() throws Exception {
    Modality expression = model.modality("expression");
    int features = expression.features().size();
    assertEquals(features, expression.labels().size());
    assertTrue(expression.profileCount() > 100 && model.librarySize() >= expression.profileCount());
    MoleculeBatch batch = MoleculeBatch.ofSmiles(List.of(ModelTest.ASPIRIN, "C(C", "CCO"));
    try (Imputation i = model.impute(batch, "expression")) {
      assertEquals(3, i.rowCount());
      assertEquals(expression, i.modality());
      assertEquals(model.identity(), i.model());
      assertEquals(List.of(Status.OK, Status.MOLECULE_SYNTAX, Status.OK), List.of(i.status(0), i.status(1), i.status(2)));
      assertTrue(i.reason(1).isPresent() && i.reason(0).isEmpty());
      assertTrue(i.support(1).isEmpty());
      FloatBuffer values = i.values();
      FloatBuffer spread = i.spread();
      assertTrue(values.isDirect() && values.isReadOnly() && spread.isDirect());
      assertEquals(3 * features, values.capacity());
      for (int row = 0; row < 3; row++) {
        float[] copy = i.values(row);
        float[] around = i.spread(row);
        for (int f = 0; f < features; f++) {
          assertEquals(copy[f], values.get(row * features + f));
          assertEquals(copy[f], i.value(row, f));
          assertEquals(around[f], spread.get(row * features + f));
          assertEquals(around[f], i.spread(row, f));
          assertEquals(row == 1, Float.isNaN(copy[f]));
          assertTrue(row == 1 || around[f] > 0);
        }
      }
      Support support = i.support(0).orElseThrow();
      // Of aspirin it is known how many genes it moves; nothing but its structure is known of ethanol.
      assertEquals(Support.Method.ACTIVITY, support.method());
      assertEquals(Support.Method.REGRESSION, i.support(2).orElseThrow().method());
      assertEquals(support.nearest(), support.sources().get(0).similarity());
      assertEquals(1, support.hops().orElseThrow());
    assertEquals(0, support.observedCount());
      assertThrows(IndexOutOfBoundsException.class, () -> i.value(3, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> i.value(0, features));
      assertThrows(IndexOutOfBoundsException.class, () -> i.support(-1));
    }
  }

  @Test
  void theCommandLineSaysTheSame() throws Exception {
    Path program = ModelTest.root().resolve("target/release/chmr");
    assumeTrue(Files.isExecutable(program), program + " is not built");
    Path input = ModelTest.root().resolve("examples/drugs.smi");
    List<String> smiles = new ArrayList<>();
    for (String line : Files.readAllLines(input)) smiles.add(line.split("\\s")[0]);
    MoleculeBatch batch = MoleculeBatch.ofSmiles(smiles);
    List<String[]> imputed =
        csv(program, "impute", "--modality", "expression", "--spread", "--format", "csv", input.toString());
    List<String[]> found = csv(program, "neighbors", "-k", "3", "--format", "csv", input.toString());
    Neighbors neighbors = model.neighbors(batch, NeighborOptions.DEFAULT.withMost(3));
    try (Imputation i = model.impute(batch, "expression")) {
      int features = i.modality().features().size();
      int first = column(imputed, i.modality().features().get(0));
      int id = column(found, "neighbor_1");
      assertEquals(smiles.size(), imputed.size() - 1);
      for (int row = 0; row < smiles.size(); row++) {
        String[] line = imputed.get(row + 1);
        for (int f = 0; f < features; f++) {
          assertEquals(Float.parseFloat(line[first + f]), i.value(row, f));
          assertEquals(Float.parseFloat(line[first + features + f]), i.spread(row, f));
        }
        assertEquals(3, neighbors.of(row).size());
        for (int n = 0; n < 3; n++) {
          Neighbor neighbor = neighbors.of(row).get(n);
          assertEquals(found.get(row + 1)[id + 3 * n], neighbor.id());
          assertEquals(Float.parseFloat(found.get(row + 1)[id + 3 * n + 1]), neighbor.similarity());
          assertEquals(found.get(row + 1)[id + 3 * n + 2], neighbor.smiles());
        }
      }
    }
  }

  @Test
  void measurementsComeBackUntouched() throws Exception {
    int features = model.modality("expression").features().size();
    float[] observed = new float[2 * features];
    java.util.Arrays.fill(observed, Float.NaN);
    observed[3] = 1.25f;
    java.util.Arrays.fill(observed, features, 2 * features, -0.5f);
    MoleculeBatch batch = MoleculeBatch.ofSmiles(List.of("CCO", "CCN"));
    try (Imputation with = model.impute(batch, "expression", ImputeOptions.DEFAULT.withObserved(observed));
        Imputation without = model.impute(batch, "expression", ImputeOptions.DEFAULT.withThreads(1));
        Imputation plain = model.impute(MoleculeBatch.ofSmiles(List.of("CC(=O)Oc1ccccc1C(=O)O")), "expression",
            ImputeOptions.DEFAULT.withStructureOnly());
        Imputation spread = model.impute(batch, "expression", ImputeOptions.DEFAULT.withPropagation(10, 3))) {
      assertEquals(Support.Method.REGRESSION, plain.support(0).orElseThrow().method());
      assertEquals(1.25f, with.value(0, 3));
      assertEquals(0, with.spread(0, 3));
      // What was measured tells of the rest.
      assertTrue(without.value(0, 4) != with.value(0, 4));
      assertEquals(1, with.support(0).orElseThrow().observedCount());
      assertEquals(Support.Method.OBSERVED, with.support(1).orElseThrow().method());
      assertEquals(0, with.support(1).orElseThrow().hops().orElseThrow());
      assertEquals(Support.Method.PROPAGATION, spread.support(0).orElseThrow().method());
    }
    HostileTest.refused(Status.INVALID_ARGUMENT,
        () -> model.impute(batch, "expression", ImputeOptions.DEFAULT.withObserved(new float[features])));
    HostileTest.refused(Status.INVALID_ARGUMENT,
        () -> model.impute(batch, "expression", ImputeOptions.DEFAULT.withPropagation(0, 3)));
    HostileTest.refused(Status.INVALID_ARGUMENT,
        () -> model.impute(batch, "expression", ImputeOptions.DEFAULT.withPropagation(-1, 3)));
  }

  @Test
  void buffersOutliveTheirResult() throws Exception {
    FloatBuffer values;
    float[] copy;
    Imputation i = model.impute(MoleculeBatch.ofSmiles(List.of("CCO")), "expression");
    values = i.values().slice();
    copy = i.values(0);
    i.close();
    i.close();
    System.gc();
    for (int f = 0; f < copy.length; f++) assertEquals(copy[f], values.get(f));
    assertThrows(IllegalStateException.class, () -> i.values(0));
    assertThrows(IllegalStateException.class, () -> i.value(0, 0));
    assertThrows(IllegalStateException.class, i::spread);
    assertEquals(Status.OK, i.status(0));
  }

  @Test
  void buffersOfForgottenResultsAreFreed() throws Exception {
    MoleculeBatch batch = ModelTest.many(250);
    long before = 0;
    for (int n = 0; n < 40; n++) {
      // Two megabytes each: unfreed ones would show.
      FloatBuffer values = model.impute(batch, "expression").values();
      assertTrue(Float.isFinite(values.get(0)));
      if (n % 5 == 0) System.gc();
      if (n == 10) before = ThreadsTest.resident();
    }
    long after = ThreadsTest.resident();
    assertTrue(after - before < 60_000, before + " KiB became " + after);
  }

  @Test
  void howStronglyCompoundsAct() throws Exception {
    MoleculeBatch molecules = MoleculeBatch.ofSmiles(List.of("CCO", "CCCO", "c1ccccc1", "CCN"));
    List<String> ids = List.of("a", "b", "c", "d");
    float[] values = {1, 2, 3, 5, 5, 6, 8, 7};
    MoleculeBatch compounds = MoleculeBatch.ofSmiles(List.of("CCO", "CCCO", "c1ccccc1", "CCN", "CCCl", "C(C"));
    float[] strengths = {1, 2, 3, 4, 2.5f, 9};
    List<String> names = List.of("cells");
    try (Library plain =
            Library.build(molecules, ids, "glow", List.of("red", "green"), values, LibraryOptions.DEFAULT);
        Library told = plain.withActivity("glow", compounds, names, strengths, 0.3f);
        Model without = model.withLibrary(plain);
        Model with = model.withLibrary(told)) {
      MoleculeBatch queries = MoleculeBatch.ofSmiles(List.of("CCCl", "CCCCBr"));
      try (Imputation a = without.impute(queries, "glow");
          Imputation b = with.impute(queries, "glow");
          Imputation c = with.impute(queries, "glow", ImputeOptions.DEFAULT.withStructureOnly())) {
        assertEquals(Support.Method.ACTIVITY, b.support(0).orElseThrow().method());
        assertTrue(b.value(0, 0) != a.value(0, 0));
        assertEquals(a.support(0).orElseThrow().method(), c.support(0).orElseThrow().method());
        for (int f = 0; f < 2; f++) {
          assertEquals(a.value(0, f), c.value(0, f));
          assertEquals(a.value(1, f), b.value(1, f));
        }
      }
      HostileTest.refused(
          Status.INVALID_ARGUMENT, () -> plain.withActivity("other", compounds, names, strengths, 0.3f));
      HostileTest.refused(
          Status.INVALID_ARGUMENT, () -> plain.withActivity("glow", compounds, names, new float[5], 0.3f));
      HostileTest.refused(
          Status.INVALID_ARGUMENT, () -> plain.withActivity("glow", compounds, names, strengths, 11));
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> plain.withActivity("glow", null, names, strengths, 1));
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> plain.withActivity("glow", compounds, null, strengths, 1));
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> plain.withActivity("glow", compounds, names, null, 1));
    }
  }

  @Test
  void aLibraryOfOnesOwn(@TempDir Path folder) throws Exception {
    MoleculeBatch molecules = MoleculeBatch.ofSmiles(List.of("CCO", "CCCO", "c1ccccc1", "CCN"));
    List<String> ids = List.of("ethanol", "propanol", "benzene", "ethylamine");
    float nan = Float.NaN;
    float[] values = {1, 2, 3, 4, 5, 6, nan, nan};
    Path file = folder.resolve("own.chmrlib");
    try (Library built =
            Library.build(molecules, ids, "glow", List.of("red", "green"), values, LibraryOptions.DEFAULT)) {
      assertEquals(4, built.size());
      assertEquals(3, built.modality("glow").profileCount());
      built.save(file);
      HostileTest.refused(Status.MODEL_IO, () -> built.save(folder));
      HostileTest.refused(Status.NOT_FOUND, () -> built.modality("other"));
    }
    int before = model.librarySize();
    Model both;
    try (Library library = Library.open(file)) {
      both = model.withLibrary(library);
    }
    try (both) {
      assertEquals(before, model.librarySize());
      assertEquals(before + 4, both.librarySize());
      assertEquals(model.identity(), both.identity());
      assertEquals(List.of("red", "green"), both.modality("glow").features());
      assertEquals(model.predictOne("CCO", 0)[0], both.predictOne("CCO", 0)[0]);
      Neighbor nearest = both.neighbors(MoleculeBatch.ofSmiles(List.of("OCCC"))).of(0).get(0);
      assertEquals("propanol CCCO 1.0", nearest.id() + " " + nearest.smiles() + " " + nearest.similarity());
      try (Imputation i = both.impute(MoleculeBatch.ofSmiles(List.of("CCO")), "glow")) {
        assertEquals("ethanol", i.support(0).orElseThrow().sources().get(0).id());
      }
      HostileTest.refused(Status.NOT_FOUND, () -> model.impute(molecules, "glow"));
    }
    // Found without profiles, too.
    Path small = ModelTest.root().resolve("target/tmp/hosts/structure.chmr");
    assumeTrue(Files.exists(small), small + " is made by `cargo test --release --test host_models`");
    try (Library plain = Library.of(molecules, ids);
        Model bare = Model.open(small);
        Model with = bare.withLibrary(plain)) {
      assertEquals(0, bare.librarySize());
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> bare.neighbors(molecules));
      HostileTest.refused(Status.NOT_FOUND, () -> bare.impute(molecules, "expression"));
      assertEquals("benzene", with.neighbors(molecules).of(2).get(0).id());
      assertEquals(4, with.neighbors(molecules, NeighborOptions.DEFAULT.withMost(Integer.MAX_VALUE)).of(0).size());
      assertEquals(1, with.neighbors(molecules, NeighborOptions.DEFAULT.withLeast(0.99f)).of(0).size());
    }
  }

  @Test
  void whatDoesNotFitIsRefused() throws Exception {
    MoleculeBatch two = MoleculeBatch.ofSmiles(List.of("CCO", "CCN"));
    LibraryOptions how = LibraryOptions.DEFAULT;
    List<String> ids = List.of("a", "b");
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> Library.of(two, List.of("a")));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> Library.of(two, List.of("a", "a")));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> Library.of(two, List.of("a", "b\nc")));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> Library.of(null, ids));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> Library.of(two, null));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> Library.open(null));
    HostileTest.refused(Status.MODEL_IO, () -> Library.open(Path.of("/absent")));
    HostileTest.refused(Status.MOLECULE_SYNTAX, () -> Library.of(MoleculeBatch.ofSmiles(List.of("C(")), List.of("a")));
    try (Library plain = Library.of(two, ids)) {
      List<String> one = List.of("x");
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> plain.with("g", one, null, how));
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> plain.with(null, one, new float[2], how));
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> plain.with("g", one, new float[3], how));
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> plain.with("g", one, new float[2], how.withPower(0)));
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> plain.with("g", one, new float[2], how.withNoise(-1)));
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> plain.with("g", one, new float[2], how.withBalance(2)));
      plain.close();
      HostileTest.refused(Status.CLOSED, () -> plain.save(Path.of("/absent")));
      HostileTest.refused(Status.CLOSED, () -> model.withLibrary(plain));
    }
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> model.withLibrary(null));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> model.impute(two, null));
    HostileTest.refused(Status.INVALID_TEXT, () -> model.impute(two, "\ud800"));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> model.neighbors(two, NeighborOptions.DEFAULT.withMost(-1)));
    HostileTest.refused(
        Status.INVALID_ARGUMENT, () -> model.neighbors(two, NeighborOptions.DEFAULT.withLeast(Float.NaN)));
    assertFalse(model.hierarchy().isPresent() && model.hierarchy().get().depth() == 0);
  }

  @Test
  void runsAreWatchedAndCancelled() throws Exception {
    MoleculeBatch batch = ModelTest.many(100);
    List<Long> told = new ArrayList<>();
    model.impute(batch, "expression", ImputeOptions.DEFAULT.withProgress((done, total) -> told.add(done))).close();
    assertEquals(100, told.get(told.size() - 1));
    HostileTest.refused(Status.CANCELLED,
        () -> model.neighbors(batch, NeighborOptions.DEFAULT.withProgress((done, total) -> false)));
    try (Run run = new Run()) {
      run.cancel();
      HostileTest.refused(Status.CANCELLED, () -> model.impute(batch, "expression", ImputeOptions.DEFAULT.withRun(run)));
    }
    assertThrows(IllegalStateException.class, () -> model.impute(batch, "expression",
        ImputeOptions.DEFAULT.withProgress((done, total) -> {
          throw new IllegalStateException("enough");
        })));
  }

  @Test
  void latentsHavePlacesInTheHierarchy() throws Exception {
    Path file = ModelTest.root().resolve("target/tmp/hosts/codebook.chmr");
    Path program = ModelTest.root().resolve("target/release/chmr");
    assumeTrue(Files.exists(file), file + " is made by `cargo test --release --test host_models`");
    assumeTrue(Files.isExecutable(program), program + " is not built");
    Path input = ModelTest.root().resolve("examples/drugs.smi");
    MoleculeBatch batch = new MoleculeBatch();
    for (String line : Files.readAllLines(input)) batch.addSmiles(line.split("\\s")[0]);
    int bad = batch.addSmiles("C(C");
    List<String[]> lines =
        csv(program, "encode", "--model", file.toString(), "--latents", "--format", "csv", input.toString());
    try (Model small = Model.open(file); Encoding e = small.encode(batch)) {
      Hierarchy hierarchy = small.hierarchy().orElseThrow();
      assertEquals(List.of("latent"), hierarchy.modalities());
      assertEquals(3, hierarchy.depth());
      assertEquals(12, hierarchy.width());
      int at = column(lines, "latent:path");
      FloatBuffer all = e.latents(0);
      for (int row = 0; row < bad; row++) {
        String[] line = lines.get(row + 1);
        assertEquals(line[at], "r" + e.path(row, 0));
        for (int level = 0; level < 3; level++) {
          assertEquals(Integer.parseInt(line[at + 1 + 2 * level]), e.nodes(row, 0)[level]);
          assertEquals(Float.parseFloat(line[at + 2 + 2 * level]), e.cosines(row, 0)[level]);
        }
        for (int i = 0; i < 12; i++) {
          assertEquals(Float.parseFloat(line[at + 7 + i]), e.latent(row, 0)[i]);
          assertEquals(e.latent(row, 0)[i], all.get(12 * row + i));
        }
      }
      assertEquals(Status.MOLECULE_SYNTAX, e.status(bad));
      assertEquals("", e.path(bad, 0));
      assertArrayEquals(new int[] {-1, -1, -1}, e.nodes(bad, 0));
      assertTrue(Float.isNaN(e.cosines(bad, 0)[0]) && Float.isNaN(e.latent(bad, 0)[0]));
      assertThrows(IndexOutOfBoundsException.class, () -> e.path(0, 1));
      e.close();
      assertThrows(IllegalStateException.class, () -> e.latents(0));
    }
    if (model.hierarchy().isEmpty()) HostileTest.refused(Status.INVALID_ARGUMENT, () -> model.encode(batch));
  }

  private static List<String[]> csv(Path program, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    List<String[]> lines = new ArrayList<>();
    for (String line : out.strip().split("\n")) lines.add(line.strip().split(",", -1));
    return lines;
  }

  private static int column(List<String[]> lines, String name) {
    return List.of(lines.get(0)).indexOf(name);
  }
}
