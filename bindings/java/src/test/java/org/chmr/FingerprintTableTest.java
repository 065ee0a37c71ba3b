package org.chmr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of fingerprints find what a library of the same molecules finds. */
class FingerprintTableTest {
  private static final int ROWS = 60;

  private static List<String> names() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) names.add("molecule " + i);
    return names;
  }

  private static FingerprintTable table(Path folder) throws ChmrException {
    Path file = folder.resolve("molecules.fps");
    FingerprintTable.write(ModelTest.many(ROWS), names(), file);
    return FingerprintTable.open(file);
  }

  @Test
  void findsWhatALibraryFinds(@TempDir Path folder) throws Exception {
    Path small = ModelTest.root().resolve("target/tmp/hosts/structure.chmr");
    assumeTrue(Files.exists(small), small + " is made by `cargo test --release --test host_models`");
    MoleculeBatch queries = MoleculeBatch.ofSmiles(List.of("CCO", "c1ccccc1", "CCCCCCCO", "C(C", "OCC"));
    try (FingerprintTable table = table(folder);
        Library library = Library.of(ModelTest.many(ROWS), names());
        Model bare = Model.open(small);
        Model model = bare.withLibrary(library)) {
      assertEquals(ROWS, table.size());
      assertEquals(1024, table.bits());
      for (int most : new int[] {0, 1, 7, Integer.MAX_VALUE}) {
        for (float least : new float[] {0, 0.3f, 1}) {
          NeighborOptions options = NeighborOptions.DEFAULT.withMost(most).withLeast(least);
          Neighbors expected = model.neighbors(queries, options);
          for (int threads : new int[] {1, 2, 9}) {
            Neighbors found = table.neighbors(queries, options.withThreads(threads));
            assertEquals(queries.size(), found.rowCount());
            for (int row = 0; row < found.rowCount(); row++) {
              assertEquals(expected.status(row), found.status(row));
              assertEquals(expected.reason(row), found.reason(row));
              assertEquals(told(expected.of(row)), told(found.of(row)));
            }
          }
        }
      }
      assertEquals(Optional.of(model.identity()), model.neighbors(queries).model());
      assertEquals(Optional.empty(), table.neighbors(queries).model());
      assertEquals(10, table.neighbors(queries).of(0).size());
      assertFalse(table.neighbors(queries).reason(3).orElseThrow().isEmpty());
      assertEquals(0, table.neighbors(new MoleculeBatch()).rowCount());
    }
  }

  private static List<String> told(List<Neighbor> neighbors) {
    List<String> told = new ArrayList<>();
    for (Neighbor n : neighbors) told.add(n.id() + " " + n.smiles() + " " + n.similarity());
    return told;
  }

  @Test
  void namesMayRepeatAndFilesAreReplaced(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("t.fps");
    FingerprintTable.write(MoleculeBatch.ofSmiles(List.of("CCO", "CCN")), List.of("same", "same"), file);
    try (FingerprintTable old = FingerprintTable.open(file)) {
      FingerprintTable.write(MoleculeBatch.ofSmiles(List.of("c1ccccc1")), List.of("other"), file);
      try (FingerprintTable young = FingerprintTable.open(file)) {
        MoleculeBatch query = MoleculeBatch.ofSmiles(List.of("CCN"));
        assertEquals("same CCN 1.0", told(old.neighbors(query).of(0)).get(0));
        assertEquals("other", young.neighbors(query).of(0).get(0).id());
      }
    }
  }

  @Test
  void progressRisesOnceAndCancels(@TempDir Path folder) throws Exception {
    MoleculeBatch queries = ModelTest.many(300);
    queries.addSmiles("C(C");
    try (FingerprintTable table = table(folder)) {
      List<Long> told = new ArrayList<>();
      table.neighbors(queries, NeighborOptions.DEFAULT.withThreads(1).withProgress((done, total) -> {
        assertEquals(602, total);
        told.add(done);
        return true;
      }));
      long[] ascending = told.stream().mapToLong(Long::longValue).sorted().toArray();
      assertArrayEquals(ascending, told.stream().mapToLong(Long::longValue).toArray());
      assertTrue(told.size() > 2 && told.get(told.size() - 1) == 602, told.toString());
      NeighborOptions stopped = NeighborOptions.DEFAULT.withProgress((done, total) -> false);
      HostileTest.refused(Status.CANCELLED, () -> table.neighbors(queries, stopped));
      try (Run run = new Run()) {
        run.cancel();
        HostileTest.refused(
            Status.CANCELLED, () -> table.neighbors(queries, NeighborOptions.DEFAULT.withRun(run)));
      }
    }
  }

  @Test
  void whatIsWrongIsSaid(@TempDir Path folder) throws Exception {
    MoleculeBatch batch = ModelTest.many(2);
    List<String> ids = List.of("a", "b");
    Path file = folder.resolve("t.fps");
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> FingerprintTable.open(null));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> FingerprintTable.open(Path.of("")));
    HostileTest.refused(Status.MODEL_IO, () -> FingerprintTable.open(file));
    HostileTest.refused(Status.MODEL_IO, () -> FingerprintTable.open(folder));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> FingerprintTable.write(null, ids, file));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> FingerprintTable.write(batch, null, file));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> FingerprintTable.write(batch, ids, null));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> FingerprintTable.write(batch, ids, Path.of("")));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> FingerprintTable.write(batch, List.of("a"), file));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> FingerprintTable.write(batch, List.of("a", "b\tc"), file));
    HostileTest.refused(Status.MODEL_IO, () -> FingerprintTable.write(batch, ids, folder));
    HostileTest.refused(
        Status.MOLECULE_SYNTAX, () -> FingerprintTable.write(MoleculeBatch.ofSmiles(List.of("C(C")), List.of("a"), file));
    assertFalse(Files.exists(file));

    FingerprintTable.write(batch, ids, file);
    byte[] whole = Files.readAllBytes(file);
    Path damaged = folder.resolve("damaged.fps");
    for (int length : new int[] {0, 63, whole.length / 2, whole.length - 1}) {
      Files.write(damaged, java.util.Arrays.copyOf(whole, length));
      HostileTest.refused(Status.MODEL_INVALID, () -> FingerprintTable.open(damaged));
    }
    FingerprintTable table = FingerprintTable.open(file);
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> table.neighbors(null));
    HostileTest.refused(Status.INVALID_ARGUMENT, () -> table.neighbors(batch, null));
    for (NeighborOptions options : List.of(
        NeighborOptions.DEFAULT.withMost(-1), NeighborOptions.DEFAULT.withThreads(-1),
        NeighborOptions.DEFAULT.withLeast(Float.NaN))) {
      HostileTest.refused(Status.INVALID_ARGUMENT, () -> table.neighbors(batch, options));
    }
    table.close();
    table.close();
    HostileTest.refused(Status.CLOSED, () -> table.neighbors(batch));
    assertEquals(2, table.size());
  }

  @Test
  void closingWhileOthersSearch(@TempDir Path folder) throws Exception {
    MoleculeBatch queries = ModelTest.many(20);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 10; round++) {
        FingerprintTable table = table(folder);
        AtomicInteger good = new AtomicInteger();
        List<Future<Integer>> ends = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          Callable<Integer> search = () -> {
            try {
              for (; ; good.incrementAndGet()) assertEquals(10, table.neighbors(queries).of(19).size());
            } catch (ChmrException e) {
              assertEquals(Status.CLOSED, e.getStatus());
              return 1;
            }
          };
          ends.add(pool.submit(search));
        }
        while (good.get() < 8) Thread.sleep(1);
        table.close();
        for (Future<Integer> end : ends) assertEquals(1, end.get());
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
