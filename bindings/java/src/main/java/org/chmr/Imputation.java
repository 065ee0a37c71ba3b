package org.chmr;

import java.nio.FloatBuffer;
import java.util.Optional;

/**
 * A modality filled in for a batch. Its values stay in native memory until it is closed, or some time after nobody
 * refers to it; then what reads values throws {@link IllegalStateException}. Any number of threads may use it.
 */
public final class Imputation implements AutoCloseable {
  private final Modality modality;
  private final Identity model;
  private final Rows rows;
  private final Support[] support;
  private final Handle handle;
  private final Matrix values;
  private final Matrix spread;

  Imputation(Modality modality, Identity model, Rows rows, Support[] support, long matrices) throws ChmrException {
    this.modality = modality;
    this.model = model;
    this.rows = rows;
    this.support = support;
    this.handle = new Handle(this, "the imputation", matrices, Native::freeMatrices);
    this.values = new Matrix(handle, 0, modality.features().size());
    this.spread = new Matrix(handle, 1, modality.features().size());
  }

  /**
   * What was imputed.
   *
   * @return the modality, whose features are the columns
   */
  public Modality modality() {
    return modality;
  }

  /**
   * The model that imputed.
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
   * What the imputed values of a row rest on.
   *
   * @param row below {@link #rowCount()}
   * @return empty for a refused row
   */
  public Optional<Support> support(int row) {
    return Optional.ofNullable(support[rows.checked(row)]);
  }

  /**
   * One value.
   *
   * @param row below {@link #rowCount()}
   * @param feature an index into the modality's features
   * @return in the modality's unit; the caller's own, bit for bit, where it measured; NaN in a refused row
   */
  public float value(int row, int feature) {
    return values.value(rows.checked(row), feature);
  }

  /**
   * How far a measurement may lie from a value.
   *
   * @param row below {@link #rowCount()}
   * @param feature an index into the modality's features
   * @return standard deviation of a measurement about the value; 0 where the caller measured
   */
  public float spread(int row, int feature) {
    return spread.value(rows.checked(row), feature);
  }

  /**
   * The values of a row.
   *
   * @param row below {@link #rowCount()}
   * @return a copy, one a feature
   */
  public float[] values(int row) {
    return values.row(rows.checked(row));
  }

  /**
   * The spread of a row.
   *
   * @param row below {@link #rowCount()}
   * @return a copy, one a feature
   */
  public float[] spread(int row) {
    return spread.row(rows.checked(row));
  }

  /**
   * All values where they are: nothing is copied. What was once handed out may be read after {@link #close}, which then
   * frees the memory only when no such buffer is reachable.
   *
   * @return rows × features, row by row, direct and read-only
   */
  public FloatBuffer values() {
    return values.buffer();
  }

  /**
   * All spreads where they are, as {@link #values()}.
   *
   * @return rows × features, row by row, direct and read-only
   */
  public FloatBuffer spread() {
    return spread.buffer();
  }

  @Override
  public void close() {
    handle.close();
  }
}
