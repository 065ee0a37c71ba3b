package org.chmr;

/** How to predict. The default: all tasks, as many threads as the machine has, nobody watching. Immutable. */
public final class PredictOptions extends RunOptions<PredictOptions> {
  /** The default. */
  public static final PredictOptions DEFAULT = new PredictOptions(null, 0, null, null);

  final int[] tasks;

  private PredictOptions(int[] tasks, int threads, Progress progress, Run run) {
    super(threads, progress, run);
    this.tasks = tasks;
  }

  @Override
  PredictOptions with(int threads, Progress progress, Run run) {
    return new PredictOptions(tasks, threads, progress, run);
  }

  /**
   * Only these tasks, in this order. Only the networks that they need are run.
   *
   * @param tasks indices into {@link Model#tasks()}
   * @return such options
   */
  public PredictOptions withTasks(int... tasks) {
    return new PredictOptions(tasks.clone(), threads, progress, run);
  }
}
