package org.chmr;

/**
 * What all runs over a batch can be told: how many threads, who watches, how to stop. Immutable; a method gives new options.
 *
 * @param <T> the options themselves
 */
public abstract class RunOptions<T extends RunOptions<T>> {
  final int threads;
  final Progress progress;
  final Run run;

  RunOptions(int threads, Progress progress, Run run) {
    this.threads = threads;
    this.progress = progress;
    this.run = run;
  }

  /** The same but for these. */
  abstract T with(int threads, Progress progress, Run run);

  /**
   * At most so many threads, the calling one included; 0 for as many as the machine has. The results are the same.
   *
   * @param threads the most threads
   * @return such options
   */
  public final T withThreads(int threads) {
    return with(threads, progress, run);
  }

  /**
   * With a listener.
   *
   * @param progress is told how far the run is; null for nobody
   * @return such options
   */
  public final T withProgress(Progress progress) {
    return with(threads, progress, run);
  }

  /**
   * To be cancelled by {@code run}.
   *
   * @param run what another thread cancels; null for a run that nobody does
   * @return such options
   */
  public final T withRun(Run run) {
    return with(threads, progress, run);
  }

  interface Work<R> {
    R on(long object, long run) throws ChmrException;
  }

  /** Works with a native object and the run that these options name, both kept alive meanwhile. */
  final <R> R during(Handle handle, Work<R> work) throws ChmrException {
    long object = handle.acquire();
    try {
      if (run != null) return during(object, run, work);
      try (Run own = new Run()) {
        return during(object, own, work);
      }
    } finally {
      handle.release();
    }
  }

  private static <R> R during(long object, Run run, Work<R> work) throws ChmrException {
    long pointer = run.handle.acquire();
    try {
      return work.on(object, pointer);
    } finally {
      run.handle.release();
    }
  }
}
