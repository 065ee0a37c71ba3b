package org.chmr;

/** A known molecule and how similar it is. */
public final class Neighbor {
  private final String id;
  private final String smiles;
  private final float similarity;

  Neighbor(String id, String smiles, float similarity) {
    this.id = id;
    this.smiles = smiles;
    this.similarity = similarity;
  }

  /**
   * Its name in the library or table.
   *
   * @return unique in a library
   */
  public String id() {
    return id;
  }

  /**
   * Its SMILES.
   *
   * @return as the library has it
   */
  public String smiles() {
    return smiles;
  }

  /**
   * How similar it is to the molecule asked about.
   *
   * @return Tanimoto similarity of their fingerprints, 0 to 1
   */
  public float similarity() {
    return similarity;
  }

  @Override
  public String toString() {
    return id + ":" + similarity;
  }
}
