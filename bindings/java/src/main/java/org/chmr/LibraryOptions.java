package org.chmr;

/** How profiles count in imputation. The default suits z-scores of expression. Immutable. */
public final class LibraryOptions {
  /** Values as they are, similarity squared, noise 2, rows brought half-way to one magnitude. */
  public static final LibraryOptions DEFAULT = new LibraryOptions(false, 2, 2, 0.5f);

  final boolean asinh;
  final int power;
  final float noise;
  final float balance;

  private LibraryOptions(boolean asinh, int power, float noise, float balance) {
    this.asinh = asinh;
    this.power = power;
    this.noise = noise;
    this.balance = balance;
  }

  /**
   * For values with heavy tails, such as z-scores.
   *
   * @param asinh whether values go through the inverse hyperbolic sine before they are averaged
   * @return such options
   */
  public LibraryOptions withAsinh(boolean asinh) {
    return new LibraryOptions(asinh, power, noise, balance);
  }

  /**
   * How fast neighbours fade.
   *
   * @param power what their similarity is raised to, 1 to 16
   * @return such options
   */
  public LibraryOptions withPower(int power) {
    return new LibraryOptions(asinh, power, noise, balance);
  }

  /**
   * How much support it takes to leave the mean profile.
   *
   * @param noise variance of one observation over that which structure explains, 0.001 to 1,000,000
   * @return such options
   */
  public LibraryOptions withNoise(float noise) {
    return new LibraryOptions(asinh, power, noise, balance);
  }

  /**
   * How far rows are brought to one magnitude.
   *
   * @param balance 0 to 1
   * @return such options
   */
  public LibraryOptions withBalance(float balance) {
    return new LibraryOptions(asinh, power, noise, balance);
  }
}
