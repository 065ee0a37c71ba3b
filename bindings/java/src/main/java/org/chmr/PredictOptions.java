package org.chmr;

import java.util.Objects;

/** How to predict. The default: all tasks, no trust, as many threads as the machine has, nobody watching. Immutable. */
public final class PredictOptions extends RunOptions<PredictOptions> {
  /** The default. */
  public static final PredictOptions DEFAULT = new PredictOptions(null, false, 0, null, null);

  final int[] tasks;
  final boolean trust;

  private PredictOptions(int[] tasks, boolean trust, int threads, Progress progress, Run run) {
    super(threads, progress, run);
    this.tasks = tasks;
    this.trust = trust;
  }

  @Override
  PredictOptions with(int threads, Progress progress, Run run) {
    return new PredictOptions(tasks, trust, threads, progress, run);
  }

  /**
   * Only these tasks, in this order. Only the networks that they need are run.
   *
   * @param tasks indices into {@link Model#tasks()}
   * @return such options
   * @throws NullPointerException for null
   */
  public PredictOptions withTasks(int... tasks) {
    Objects.requireNonNull(tasks, "tasks is null; expected indices of tasks");
    return new PredictOptions(tasks.clone(), trust, threads, progress, run);
  }

  /**
   * Whether intervals and applicability domains are told: {@link Prediction#interval}, {@link Prediction#domain}.
   *
   * @param trust true if so; a model that says nothing of trust then refuses to predict
   * @return such options
   */
  public PredictOptions withTrust(boolean trust) {
    return new PredictOptions(tasks, trust, threads, progress, run);
  }
}
