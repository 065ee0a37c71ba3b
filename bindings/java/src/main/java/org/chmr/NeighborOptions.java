package org.chmr;

/** How to search. The default: the ten nearest, however far, on all threads. Immutable. */
public final class NeighborOptions extends RunOptions<NeighborOptions> {
  /** The default. */
  public static final NeighborOptions DEFAULT = new NeighborOptions(10, 0, 0, null, null);

  final int most;
  final float least;

  private NeighborOptions(int most, float least, int threads, Progress progress, Run run) {
    super(threads, progress, run);
    this.most = most;
    this.least = least;
  }

  @Override
  NeighborOptions with(int threads, Progress progress, Run run) {
    return new NeighborOptions(most, least, threads, progress, run);
  }

  /**
   * No more than so many.
   *
   * @param most neighbours a molecule
   * @return such options
   */
  public NeighborOptions withMost(int most) {
    return new NeighborOptions(most, least, threads, progress, run);
  }

  /**
   * None farther than this.
   *
   * @param similarity the least Tanimoto similarity, 0 to 1
   * @return such options
   */
  public NeighborOptions withLeast(float similarity) {
    return new NeighborOptions(most, similarity, threads, progress, run);
  }
}
