package org.chmr;

import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * What was predicted for a batch. Plain Java memory; closing it is not needed. The values of a closed one throw
 * {@link IllegalStateException}.
 */
public final class Prediction implements AutoCloseable {
  private final List<Task> tasks;
  private final Identity model;
  private final Rows rows;
  private volatile float[] values;

  Prediction(List<Task> tasks, Identity model, float[] values, Rows rows) {
    this.tasks = Collections.unmodifiableList(tasks);
    this.model = model;
    this.values = values;
    this.rows = rows;
  }

  /**
   * What was predicted.
   *
   * @return the task of each column
   */
  public List<Task> tasks() {
    return tasks;
  }

  /**
   * The model that predicted.
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
   * One value.
   *
   * @param row below {@link #rowCount()}
   * @param column an index into {@link #tasks()}
   * @return in its task's unit (a probability for a classification); NaN in a refused row
   * @throws IndexOutOfBoundsException if there is no such row or column
   */
  public float value(int row, int column) {
    if (column < 0 || column >= tasks.size()) throw new IndexOutOfBoundsException("column " + column);
    return values()[rows.checked(row) * tasks.size() + column];
  }

  /**
   * All values.
   *
   * @return rows × tasks, row by row: the array itself, not a copy
   */
  public float[] values() {
    float[] all = values;
    if (all == null) throw new IllegalStateException("the prediction was closed");
    return all;
  }

  @Override
  public void close() {
    values = null;
  }
}
