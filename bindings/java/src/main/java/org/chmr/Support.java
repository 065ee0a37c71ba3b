package org.chmr;

import java.util.List;
import java.util.OptionalInt;

/** What the imputed values of a row rest on. */
public final class Support {
  /** Most sources that are named. */
  static final int SOURCES = 5;
  /** Counts of a row: method, hops, neighbours, sources, measured features. */
  static final int COUNTS = 5;

  /** How a row was imputed. */
  public enum Method {
    /** Regression on similarity to the observed molecules. */
    REGRESSION,
    /** The paper's plain propagation. */
    PROPAGATION,
    /** The mean profile: nothing in the library resembles the molecule. */
    MEAN,
    /** Nothing was imputed: the caller gave every value. */
    OBSERVED,
    /** Regression on similarity and on the mechanism and targets that a known compound shares. */
    CONTEXT,
    /** The same, for a compound of which it is known how strongly it acts in the assay. */
    ACTIVITY
  }

  private final Method method;
  private final int hops;
  private final int neighbors;
  private final int observed;
  private final float nearest;
  private final float explained;
  private final List<Neighbor> sources;

  /** Of a row, from what the native half tells of all: see {@code Native.impute}. */
  Support(int[] counts, float[] shares, int row, Neighbor[] sources) {
    this.method = Method.values()[counts[COUNTS * row] - 1];
    this.hops = counts[COUNTS * row + 1];
    this.neighbors = counts[COUNTS * row + 2];
    this.observed = counts[COUNTS * row + 4];
    this.nearest = shares[2 * row];
    this.explained = shares[2 * row + 1];
    this.sources = List.of(sources);
  }

  /**
   * How the row was imputed.
   *
   * @return the method
   */
  public Method method() {
    return method;
  }

  /**
   * Similarity of the nearest observed molecule.
   *
   * @return Tanimoto similarity, 0 to 1
   */
  public float nearest() {
    return nearest;
  }

  /**
   * How many observed profiles are near.
   *
   * @return those with a similarity of at least 0.3
   */
  public int neighborCount() {
    return neighbors;
  }

  /**
   * How many of the row's features the caller gave. They inform the others, but not in plain propagation.
   *
   * @return their number
   */
  public int observedCount() {
    return observed;
  }

  /**
   * How much of what structure can tell the observed molecules do tell.
   *
   * @return 0, nothing but the mean profile, to 1
   */
  public float explained() {
    return explained;
  }

  /**
   * Steps from the molecule to the nearest observed profile.
   *
   * @return 0 where the caller gave all of the row's values, 1 from an observed molecule of the library, more through
   *     unobserved ones; empty where there is no way
   */
  public OptionalInt hops() {
    return hops < 0 ? OptionalInt.empty() : OptionalInt.of(hops);
  }

  /**
   * The nearest observed molecules.
   *
   * @return at most five, nearest first
   */
  public List<Neighbor> sources() {
    return sources;
  }

  @Override
  public String toString() {
    return method + ", nearest " + nearest + ", explained " + explained + ", from " + sources;
  }
}
