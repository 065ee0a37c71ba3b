package org.chmr;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

/**
 * Streams molecules through one virtual machine, and fails where memory grows: {@code Soak MODEL ROWS}. Results are closed
 * now and then only, as careless programs do. The machine's heap is to be of one size and touched before
 * ({@code -Xms256m -Xmx256m -XX:+AlwaysPreTouch}), so that what grows is native.
 */
final class Soak {
  private static final int BATCH = 1024;
  private static final int CHECKS = 10;
  /** Kibibytes that memory may grow after the first three tenths. */
  private static final long NATIVE = 48 * 1024;
  /** Kibibytes that the heap in use may grow. */
  private static final long HEAP = 4 * 1024;

  private Soak() {}

  public static void main(String[] args) throws Exception {
    long rows = Long.parseLong(args[1]);
    String[] ends = {"O", "N", "c1ccccc1", "C(=O)O", "Cl", "S(=O)(=O)N", "C#N", "c1ccncc1", "C(C", ""};
    long[] resident = new long[CHECKS + 1];
    long[] heap = new long[CHECKS + 1];
    long refused = 0;
    long done = 0;
    int checks = 0;
    long start = System.nanoTime();
    try (Model model = Model.open(Paths.get(args[0]))) {
      MoleculeBatch batch = new MoleculeBatch();
      while (done < rows) {
        batch.clear();
        for (int i = 0; i < BATCH; i++) {
          long n = done + i;
          String text = "C".repeat((int) (n % 17) + 1) + (n % 3 == 0 ? "(F)" : "") + "C" + ends[(int) (n / 17 % 10)];
          batch.addSmiles(n % 1000 == 999 ? "" : text);
        }
        Prediction p = model.predict(batch);
        for (int i = 0; i < BATCH; i++) {
          boolean bad = p.status(i) != Status.OK;
          if (bad != Float.isNaN(p.value(i, 0)) || bad != p.reason(i).isPresent()) throw new IllegalStateException();
          if (bad) refused++;
        }
        if (done / BATCH % 2 == 0) p.close();
        model.predictOne("CCO", 0);
        done += BATCH;
        if (done >= rows * (checks + 1) / CHECKS) {
          System.gc();
          resident[++checks] = anonymous();
          heap[checks] = (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 10;
          System.out.printf(
              "%d molecules, %d refused, %.0f s: resident %d KiB, heap %d KiB%n",
              done, refused, (System.nanoTime() - start) / 1e9, resident[checks], heap[checks]);
        }
      }
    }
    if (refused == 0) throw new IllegalStateException("nothing was refused");
    long grown = resident[CHECKS] - resident[3];
    long more = heap[CHECKS] - heap[3];
    if (grown > NATIVE || more > HEAP) {
      throw new IllegalStateException("memory grew by " + grown + " KiB, heap by " + more + " KiB");
    }
    System.out.println("flat: resident " + grown + " KiB more than at three tenths, heap " + more + " KiB more");
  }

  /** Resident memory that no file stands behind (pages of programs come and go), KiB; 0 where the system does not tell. */
  private static long anonymous() throws Exception {
    Path status = Paths.get("/proc/self/status");
    if (!Files.isReadable(status)) return 0;
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("RssAnon:")) return Long.parseLong(line.replaceAll("\\D", ""));
    }
    return 0;
  }
}
