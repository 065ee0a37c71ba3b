package org.chmr;

import java.util.Objects;

/** How to impute. The default: by regression, nothing measured, on all threads. Immutable. */
public final class ImputeOptions extends RunOptions<ImputeOptions> {
  /** The default. */
  public static final ImputeOptions DEFAULT = new ImputeOptions(null, 0, 0, false, 0, null, null);

  final float[] observed;
  final int neighbors;
  final int steps;
  final boolean structureOnly;

  private ImputeOptions(
      float[] observed, int neighbors, int steps, boolean structureOnly, int threads, Progress progress, Run run) {
    super(threads, progress, run);
    this.observed = observed;
    this.neighbors = neighbors;
    this.steps = steps;
    this.structureOnly = structureOnly;
  }

  @Override
  ImputeOptions with(int threads, Progress progress, Run run) {
    return new ImputeOptions(observed, neighbors, steps, structureOnly, threads, progress, run);
  }

  /**
   * With the caller's own measurements, which come back untouched.
   *
   * @param observed rows of the batch × features of the modality, row by row, NaN where nothing was measured; not copied
   *     until it is used
   * @return such options
   * @throws NullPointerException for null
   */
  public ImputeOptions withObserved(float[] observed) {
    Objects.requireNonNull(observed, "observed is null; expected NaN where nothing was measured");
    return new ImputeOptions(observed, neighbors, steps, structureOnly, threads, progress, run);
  }

  /**
   * The paper's plain propagation instead of regression, which is better on molecules that were withheld.
   *
   * @param neighbors of each molecule, such as 10
   * @param steps such as 3
   * @return such options
   */
  public ImputeOptions withPropagation(int neighbors, int steps) {
    return new ImputeOptions(observed, neighbors, steps, structureOnly, threads, progress, run);
  }

  /**
   * By structure alone, as though nothing else were known of the compounds: neither what they share with others nor how
   * strongly they act.
   *
   * @return such options
   */
  public ImputeOptions withStructureOnly() {
    return new ImputeOptions(observed, neighbors, steps, true, threads, progress, run);
  }
}
