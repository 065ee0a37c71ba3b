package org.chmr;

/** Is told how far a run is. */
@FunctionalInterface
public interface Progress {
  /**
   * Called again and again on the thread that called {@code predict}, last with all rows done. An exception thrown here
   * ends the run and goes on to the caller.
   *
   * @param done rows done, never less than in the call before
   * @param total rows in all
   * @return whether to go on; false cancels the run
   */
  boolean report(long done, long total);
}
