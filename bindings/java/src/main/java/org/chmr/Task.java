package org.chmr;

import java.util.Optional;

/** A property that a model predicts. */
public final class Task {
  /** Strings that the native half gives for each task. */
  static final int FIELDS = 7;

  /** What kind of value. */
  public enum Kind {
    /** The probability of the positive class. */
    CLASSIFICATION,
    /** A number in the task's unit. */
    REGRESSION
  }

  private final int index;
  private final String name;
  private final String dataset;
  private final String column;
  private final String description;
  private final String unit;
  private final Kind kind;
  private final String direction;

  /** Reads the task of that index from all tasks' fields. */
  Task(int index, String[] fields) {
    int i = index * FIELDS;
    this.index = index;
    this.name = fields[i];
    this.dataset = fields[i + 1];
    this.column = fields[i + 2];
    this.description = fields[i + 3];
    this.unit = fields[i + 4];
    this.kind = "regression".equals(fields[i + 5]) ? Kind.REGRESSION : Kind.CLASSIFICATION;
    this.direction = fields[i + 6];
  }

  /**
   * Its index in {@link Model#tasks()}.
   *
   * @return from 0
   */
  public int index() {
    return index;
  }

  /**
   * {@code <data set>/<column>}, unique in the model.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * The data set that it comes from.
   *
   * @return its name
   */
  public String dataset() {
    return dataset;
  }

  /**
   * Its column in the data set.
   *
   * @return its name
   */
  public String column() {
    return column;
  }

  /**
   * One line about it.
   *
   * @return for a person
   */
  public String description() {
    return description;
  }

  /**
   * Unit of its values; none for a probability.
   *
   * @return such as {@code log10 µg/mL}
   */
  public Optional<String> unit() {
    return Optional.ofNullable(unit);
  }

  /**
   * What kind of value.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * What a larger value means, where that was said.
   *
   * @return such as {@code more soluble}
   */
  public Optional<String> direction() {
    return Optional.ofNullable(direction);
  }

  @Override
  public String toString() {
    return unit == null ? name : name + " [" + unit + "]";
  }
}
