package org.chmr;

/** An interval about a predicted number that holds a measurement with a known probability (split conformal). */
public final class Interval {
  private final float lower;
  private final float upper;

  Interval(float lower, float upper) {
    this.lower = lower;
    this.upper = upper;
  }

  /**
   * Its lower end.
   *
   * @return in the task's unit
   */
  public float lower() {
    return lower;
  }

  /**
   * Its upper end.
   *
   * @return in the task's unit
   */
  public float upper() {
    return upper;
  }

  @Override
  public String toString() {
    return "[" + lower + ", " + upper + "]";
  }
}
