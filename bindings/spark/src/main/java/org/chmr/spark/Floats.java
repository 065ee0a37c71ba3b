package org.chmr.spark;

/**
 * The numbers of a row on their way through Spark's encoders, which handle arrays of a bean without boxing. Public for Spark's
 * generated code, not for programs.
 */
public final class Floats {
  private float[] values;
  private float[] spread;

  /** No numbers yet. */
  public Floats() {}

  /**
   * The values.
   *
   * @return null in a refused row
   */
  public float[] getValues() {
    return values;
  }

  /**
   * Sets the values.
   *
   * @param values null in a refused row
   */
  public void setValues(float[] values) {
    this.values = values;
  }

  /**
   * The spread of each value.
   *
   * @return null where there is none
   */
  public float[] getSpread() {
    return spread;
  }

  /**
   * Sets the spread of each value.
   *
   * @param spread null where there is none
   */
  public void setSpread(float[] spread) {
    this.spread = spread;
  }
}
