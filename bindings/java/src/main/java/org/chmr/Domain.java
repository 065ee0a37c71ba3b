package org.chmr;

import java.util.Optional;

/** Where a molecule lies relative to the training molecules of a data set. */
public final class Domain {
  private final String dataset;
  private final float nearest;
  private final float leastSimilarity;
  private final int outsideCount;
  private final int mostOutside;
  private final String reason;

  Domain(String dataset, float nearest, float leastSimilarity, int outsideCount, int mostOutside, String reason) {
    this.dataset = dataset;
    this.nearest = nearest;
    this.leastSimilarity = leastSimilarity;
    this.outsideCount = outsideCount;
    this.mostOutside = mostOutside;
    this.reason = reason;
  }

  /**
   * The data set.
   *
   * @return its name, as {@link Task#dataset()}
   */
  public String dataset() {
    return dataset;
  }

  /**
   * Whether the molecule lies inside the applicability domain.
   *
   * @return false for {@link #reason()}
   */
  public boolean inside() {
    return reason == null;
  }

  /**
   * Why the molecule lies outside, in words.
   *
   * @return empty where it lies inside
   */
  public Optional<String> reason() {
    return Optional.ofNullable(reason);
  }

  /**
   * How similar the nearest training molecule is.
   *
   * @return Tanimoto similarity, 0 to 1
   */
  public float nearest() {
    return nearest;
  }

  /**
   * Inside, {@link #nearest()} is at least this.
   *
   * @return Tanimoto similarity, 0 to 1
   */
  public float leastSimilarity() {
    return leastSimilarity;
  }

  /**
   * How many descriptors lie outside the range of the training molecules.
   *
   * @return their number
   */
  public int outsideCount() {
    return outsideCount;
  }

  /**
   * Inside, {@link #outsideCount()} is at most this.
   *
   * @return a number of descriptors
   */
  public int mostOutside() {
    return mostOutside;
  }

  @Override
  public String toString() {
    return dataset + ": " + (inside() ? "inside" : "outside, " + reason);
  }
}
