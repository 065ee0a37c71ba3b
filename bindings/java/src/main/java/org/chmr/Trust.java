package org.chmr;

import java.util.Optional;

/** What the native half tells of intervals and domains, as it tells it. */
final class Trust {
  /** How many arrays it comes in. */
  static final int PARTS = 7;

  private final float[] coverages;
  /** Coverages × columns; NaN where nothing is promised. */
  private final float[] halfWidths;
  /** A column each: the domain, or -1. */
  private final int[] domainOf;
  private final String[] datasets;
  private final float[] leastSimilarities;
  /** Rows × domains: the nearest molecule's similarity. */
  private final float[] nearest;
  /** Rows × domains: why outside; null inside. */
  private final String[] reasons;

  Trust(Object[] parts) {
    this.coverages = (float[]) parts[0];
    this.halfWidths = (float[]) parts[1];
    this.domainOf = (int[]) parts[2];
    this.datasets = (String[]) parts[3];
    this.leastSimilarities = (float[]) parts[4];
    this.nearest = (float[]) parts[5];
    this.reasons = (String[]) parts[6];
  }

  float[] coverages() {
    return coverages.clone();
  }

  Optional<Interval> interval(float value, int column, int coverage) {
    if (coverage < 0 || coverage >= coverages.length) throw new IndexOutOfBoundsException("coverage " + coverage);
    float half = halfWidths[coverage * domainOf.length + column];
    float lower = value - half;
    float upper = value + half;
    boolean known = Float.isFinite(lower) && Float.isFinite(upper);
    return known ? Optional.of(new Interval(lower, upper)) : Optional.empty();
  }

  Optional<Domain> domain(int row, int column) {
    int d = domainOf[column];
    if (d < 0) return Optional.empty();
    int domains = datasets.length;
    int at = row * domains + d;
    return Optional.of(new Domain(datasets[d], nearest[at], leastSimilarities[d], reasons[at]));
  }
}
