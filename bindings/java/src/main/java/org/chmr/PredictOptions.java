package org.chmr;

/** How to predict. The default: all tasks, as many threads as the machine has, nobody watching. Immutable. */
public final class PredictOptions {
  /** The default. */
  public static final PredictOptions DEFAULT = new PredictOptions(null, 0, null, null);

  final int[] tasks;
  final int threads;
  final Progress progress;
  final Run run;

  private PredictOptions(int[] tasks, int threads, Progress progress, Run run) {
    this.tasks = tasks;
    this.threads = threads;
    this.progress = progress;
    this.run = run;
  }

  /**
   * Only these tasks, in this order, by their index in {@link Model#tasks()}. Only the networks that they need are run.
   */
  public PredictOptions withTasks(int... tasks) {
    return new PredictOptions(tasks.clone(), threads, progress, run);
  }

  /** At most so many threads, the calling one included; 0 for as many as the machine has. The results are the same. */
  public PredictOptions withThreads(int threads) {
    return new PredictOptions(tasks, threads, progress, run);
  }

  /** With a listener. */
  public PredictOptions withProgress(Progress progress) {
    return new PredictOptions(tasks, threads, progress, run);
  }

  /** To be cancelled by {@code run}. */
  public PredictOptions withRun(Run run) {
    return new PredictOptions(tasks, threads, progress, run);
  }
}
