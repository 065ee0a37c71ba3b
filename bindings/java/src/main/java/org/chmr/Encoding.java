package org.chmr;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Latents of a batch and their places in the model's learned hierarchy, a binary tree: at each level the nearer of two
 * nodes is chosen. Latents stay in native memory until this is closed, or some time after nobody refers to it; then what
 * reads latents throws {@link IllegalStateException}. Any number of threads may use it.
 */
public final class Encoding implements AutoCloseable {
  private final Hierarchy hierarchy;
  private final Identity model;
  private final Rows rows;
  private final int[] nodes;
  private final float[] cosines;
  private final Handle handle;
  private final Matrix[] latents;

  Encoding(Hierarchy hierarchy, Identity model, Rows rows, int[] nodes, float[] cosines, long matrices)
      throws ChmrException {
    this.hierarchy = hierarchy;
    this.model = model;
    this.rows = rows;
    this.nodes = nodes;
    this.cosines = cosines;
    this.handle = new Handle(this, "the encoding", matrices, Native::freeMatrices);
    this.latents = new Matrix[hierarchy.modalities().size()];
    for (int i = 0; i < latents.length; i++) latents[i] = new Matrix(handle, i, hierarchy.width());
  }

  /**
   * The tree, and the modalities that have places in it.
   *
   * @return that of the model
   */
  public Hierarchy hierarchy() {
    return hierarchy;
  }

  /**
   * The model that encoded.
   *
   * @return which it is
   */
  public Identity model() {
    return model;
  }

  /**
   * Number of rows.
   *
   * @return those of the batch
   */
  public int rowCount() {
    return rows.count();
  }

  /**
   * What became of a row.
   *
   * @param row below {@link #rowCount()}
   * @return {@link Status#OK}, or why it was refused
   */
  public Status status(int row) {
    return rows.status(row);
  }

  /**
   * Why a row was refused, in words.
   *
   * @param row below {@link #rowCount()}
   * @return empty for a good one
   */
  public Optional<String> reason(int row) {
    return rows.reason(row);
  }

  /**
   * The nodes on the way from the root to a row's leaf.
   *
   * @param row below {@link #rowCount()}
   * @param modality an index into {@link Hierarchy#modalities()}
   * @return a copy: a node a level, counted within the level; -1 in a refused row
   */
  public int[] nodes(int row, int modality) {
    int start = start(row, modality);
    return Arrays.copyOfRange(nodes, start, start + hierarchy.depth());
  }

  /**
   * How near the latent is to those nodes.
   *
   * @param row below {@link #rowCount()}
   * @param modality an index into {@link Hierarchy#modalities()}
   * @return a copy: a cosine a level; NaN in a refused row
   */
  public float[] cosines(int row, int modality) {
    int start = start(row, modality);
    return Arrays.copyOfRange(cosines, start, start + hierarchy.depth());
  }

  /**
   * The way to a row's leaf as text.
   *
   * @param row below {@link #rowCount()}
   * @param modality an index into {@link Hierarchy#modalities()}
   * @return a digit a level, 0 for the first child and 1 for the second; empty in a refused row
   */
  public String path(int row, int modality) {
    StringBuilder path = new StringBuilder();
    for (int node : nodes(row, modality)) if (node >= 0) path.append(node % 2);
    return path.toString();
  }

  /**
   * A row's latent.
   *
   * @param row below {@link #rowCount()}
   * @param modality an index into {@link Hierarchy#modalities()}
   * @return a copy, {@link Hierarchy#width()} values; NaN in a refused row
   */
  public float[] latent(int row, int modality) {
    rows.checked(row);
    return latents[checked(modality)].row(row);
  }

  /**
   * All latents of a modality where they are: nothing is copied. What was once handed out may be read after
   * {@link #close}, which then frees the memory only when no such buffer is reachable.
   *
   * @param modality an index into {@link Hierarchy#modalities()}
   * @return rows × width, row by row, direct and read-only
   */
  public FloatBuffer latents(int modality) {
    return latents[checked(modality)].buffer();
  }

  @Override
  public void close() {
    handle.close();
  }

  private int start(int row, int modality) {
    return (rows.checked(row) * latents.length + checked(modality)) * hierarchy.depth();
  }

  private int checked(int modality) {
    if (modality < 0 || modality >= latents.length) throw new IndexOutOfBoundsException("modality " + modality);
    return modality;
  }
}
