package org.chmr;

import java.nio.file.Path;
import java.util.List;

/**
 * Fingerprints and names of molecules in a file that is mapped, not read: up to hundreds of millions, more than fit into the
 * memory; programs that open the same file share it. {@code chmr library pack} writes large ones. Immutable, and free to be used
 * by any number of threads.
 */
public final class FingerprintTable implements AutoCloseable {
  private final Handle handle;
  private final long size;
  private final int bits;

  private FingerprintTable(long pointer) throws ChmrException {
    this.handle = new Handle(this, "the table", pointer, Native::freeTable);
    this.size = Native.tableSize(pointer);
    this.bits = Native.tableBits(pointer);
  }

  /**
   * Opens a table. The file must stay as it is until the table is closed: replace it by moving another one over it. Searches of a file
   * that was truncated are refused ({@link Status#MODEL_IO}); one under way at that moment ends the virtual machine.
   *
   * @param path the file
   * @return the table
   * @throws ChmrException as {@link Model#open(Path)}; {@link Status#MODEL_UNSUPPORTED} also for a table without names
   */
  public static FingerprintTable open(Path path) throws ChmrException {
    byte[] utf8 = Library.utf8(path);
    return new FingerprintTable(Model.library(() -> Native.openTable(utf8)));
  }

  /**
   * Writes a table: Morgan bits of radius 2 in 1024, and the names. The file appears under its name once it is whole.
   *
   * @param molecules none of them bad
   * @param ids a name for each; they need not differ
   * @param path replaced if it is there
   * @throws ChmrException {@link Status#INVALID_ARGUMENT}, {@link Status#MODEL_IO}, or what is wrong with a molecule
   */
  public static void write(MoleculeBatch molecules, List<String> ids, Path path) throws ChmrException {
    Model.checked(molecules, "molecules");
    byte[] names = Library.lines(ids, "ids", "an id");
    byte[] utf8 = Library.utf8(path);
    MoleculeBatch.Packed rows = molecules.packed();
    Model.library(() -> {
      Native.writeTable(rows.text, rows.ends, rows.kinds, names, utf8);
      return null;
    });
  }

  /**
   * How many molecules there are.
   *
   * @return their number
   */
  public long size() {
    return size;
  }

  /**
   * How wide fingerprints are.
   *
   * @return bits
   */
  public int bits() {
    return bits;
  }

  /**
   * The ten molecules of the table most similar to each row of {@code batch}.
   *
   * @param batch the molecules
   * @return what was found
   * @throws ChmrException as {@link #neighbors(MoleculeBatch, NeighborOptions)}
   */
  public Neighbors neighbors(MoleculeBatch batch) throws ChmrException {
    return neighbors(batch, NeighborOptions.DEFAULT);
  }

  /**
   * The molecules of the table with the largest Tanimoto similarity to each row of {@code batch}: exactly, nearest first, ties in the
   * order of the table. A bad row fails no other. Fewer rows than threads are searched for one after the other, each by all
   * threads. A run is cancelled between searches, after at most eight of a thread. To the progress that a listener is told of, each
   * row adds two: its fingerprint, and its search.
   *
   * @param batch the molecules
   * @param options how many, how near
   * @return what was found
   * @throws ChmrException {@link Status#INVALID_ARGUMENT} for options out of range, {@link Status#CANCELLED},
   *     {@link Status#LIMIT}, {@link Status#CLOSED}, {@link Status#MODEL_INVALID} for a damaged name
   */
  public Neighbors neighbors(MoleculeBatch batch, NeighborOptions options) throws ChmrException {
    MoleculeBatch.Packed rows = Model.packed(batch, options);
    return Neighbors.search(rows, null, (told, counts) -> options.during(handle, (table, run) -> Native.tableNeighbors(
        table, rows.text, rows.ends, rows.kinds, options.most, options.least, options.threads, run, options.progress,
        told.status, told.reasons, counts)));
  }

  @Override
  public void close() {
    handle.close();
  }
}
