package org.chmr;

import java.util.Optional;

/** Where a molecule lies relative to the training molecules of a data set. */
public final class Domain {
  private final String dataset;
  private final float nearest;
  private final float leastSimilarity;
  private final String reason;

  Domain(String dataset, float nearest, float leastSimilarity, String reason) {
    this.dataset = dataset;
    this.nearest = nearest;
    this.leastSimilarity = leastSimilarity;
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
   * Why the molecule lies outside, in words: no training molecule is similar enough, or none has such an element, such a
   * size or net charge.
   *
   * @return empty where it lies inside
   */
  public Optional<String> reason() {
    return Optional.ofNullable(reason);
  }

  /**
   * How similar the nearest training molecule is.
   *
   * @return Tanimoto similarity, 0 to 1; 1 for a training molecule, which is always inside
   */
  public float nearest() {
    return nearest;
  }

  /**
   * Inside, {@link #nearest()} is at least this: below it, errors on molecules that were not learnt from were larger.
   *
   * @return Tanimoto similarity, 0 to 1
   */
  public float leastSimilarity() {
    return leastSimilarity;
  }

  @Override
  public String toString() {
    return dataset + ": " + (inside() ? "inside" : "outside, " + reason);
  }
}
