package org.chmr;

import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** What was predicted for a batch. Plain Java memory: nothing to close. */
public final class Prediction {
  private final List<Task> tasks;
  private final int rows;
  private final float[] values;
  private final int[] status;
  private final String[] reasons;
  private final Identity model;

  Prediction(List<Task> tasks, Identity model, float[] values, int[] status, String[] reasons) {
    this.tasks = Collections.unmodifiableList(tasks);
    this.model = model;
    this.rows = status.length;
    this.values = values;
    this.status = status;
    this.reasons = reasons;
  }

  /** Number of rows, those of the batch. */
  public int rowCount() {
    return rows;
  }

  /** The task of each column. */
  public List<Task> tasks() {
    return tasks;
  }

  /** The model that predicted. */
  public Identity model() {
    return model;
  }

  /**
   * One value, in its task's unit (a probability for a classification); NaN in a refused row.
   *
   * @throws IndexOutOfBoundsException if there is no such row or column
   */
  public float value(int row, int column) {
    if (column < 0 || column >= tasks.size()) throw new IndexOutOfBoundsException("column " + column);
    return values[checked(row) * tasks.size() + column];
  }

  /** All values, rows × tasks, row by row: the array itself, not a copy. */
  public float[] values() {
    return values;
  }

  /** What became of a row. */
  public Status status(int row) {
    return Status.of(status[checked(row)]);
  }

  /** Why a row was refused; empty for a good one. */
  public Optional<String> reason(int row) {
    return Optional.ofNullable(reasons[checked(row)]);
  }

  private int checked(int row) {
    if (row < 0 || row >= rows) throw new IndexOutOfBoundsException("row " + row);
    return row;
  }
}
