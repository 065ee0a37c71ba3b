package org.chmr;

import java.util.List;

/** A model's learned hierarchy: a binary tree of directions, 2 at the first level, twice as many at each further one. */
public final class Hierarchy {
  private final int depth;
  private final int width;
  private final List<String> modalities;

  /** From what the native half tells: levels, width, names. */
  Hierarchy(String[] told) {
    this.depth = Integer.parseInt(told[0]);
    this.width = Integer.parseInt(told[1]);
    this.modalities = List.of(told).subList(2, told.length);
  }

  /**
   * How deep it is.
   *
   * @return levels below the root
   */
  public int depth() {
    return depth;
  }

  /**
   * How wide its nodes and the latents are.
   *
   * @return values each
   */
  public int width() {
    return width;
  }

  /**
   * The modalities whose latents the model computes from structure.
   *
   * @return their names
   */
  public List<String> modalities() {
    return modalities;
  }
}
