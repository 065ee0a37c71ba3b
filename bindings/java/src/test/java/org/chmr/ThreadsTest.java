package org.chmr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ThreadsTest {
  @Test
  void eightThreadsShareAModel() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (Model model = Model.openDefault()) {
      MoleculeBatch batch = ModelTest.many(50);
      float[] alone = model.predict(batch, PredictOptions.DEFAULT.withThreads(1)).values();
      List<Future<float[]>> futures = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        futures.add(pool.submit(() -> model.predict(batch, PredictOptions.DEFAULT.withThreads(2)).values()));
      }
      for (Future<float[]> f : futures) assertArrayEquals(alone, f.get());
    } finally {
      pool.shutdown();
    }
  }

  /** For {@code -Dchmr.race.seconds} (default 3): calls race with closing, and end well or with {@code CLOSED}. */
  @Test
  void closingRacesWithCalls() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("chmr.race.seconds", 3));
    ExecutorService pool = Executors.newFixedThreadPool(4);
    AtomicInteger good = new AtomicInteger();
    AtomicInteger closed = new AtomicInteger();
    int task = 0;
    while (System.nanoTime() < end) {
      Model model = Model.openDefault();
      task = model.task("bbbp/p_np").index();
      int[] tasks = {task};
      List<Future<?>> futures = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        futures.add(pool.submit(() -> {
          for (int call = 0; call < 20; call++) {
            try {
              model.predictOne("CCO", tasks);
              good.incrementAndGet();
            } catch (ChmrException e) {
              assertEquals(Status.CLOSED, e.getStatus());
              closed.incrementAndGet();
            }
          }
          return null;
        }));
      }
      Thread.sleep(5 + good.get() % 20);
      model.close();
      for (Future<?> f : futures) f.get();
    }
    pool.shutdown();
    assertTrue(good.get() > 0 && closed.get() > 0, good + " calls went well, " + closed + " met a closed model");
  }

  @Test
  void forgottenModelsAreFreed() throws Exception {
    // Each holds a plan of some megabytes outside of the heap; two hundred unfreed would show in the resident set.
    long before = 0;
    for (int i = 0; i < 40; i++) {
      Model forgotten = Model.openDefault();
      forgotten.predictOne("C", forgotten.task("bbbp/p_np").index());
      System.gc();
      if (i == 10) before = resident();
    }
    long after = resident();
    assertTrue(after - before < 100_000, before + " KiB became " + after);
  }

  /** Resident memory, KiB; 0 where the system does not tell. */
  static long resident() throws Exception {
    java.nio.file.Path status = java.nio.file.Paths.get("/proc/self/status");
    if (!java.nio.file.Files.isReadable(status)) return 0;
    for (String line : java.nio.file.Files.readAllLines(status)) {
      if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", ""));
    }
    return 0;
  }
}
