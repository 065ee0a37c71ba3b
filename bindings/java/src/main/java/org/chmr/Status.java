package org.chmr;

/** What a call, or one row of a batch, came to. The numbers are those of the C library and never change their meaning. */
public enum Status {
  /** Success. */
  OK(0),
  /** An argument out of its domain. */
  INVALID_ARGUMENT(101),
  /** Text is not well-formed Unicode. */
  INVALID_TEXT(102),
  /** No task has that name. */
  NOT_FOUND(105),
  /** More rows and tasks than there is memory for, or a model file beyond the limits. */
  LIMIT(107),
  /** The object was closed. Of this binding alone: the C library has no such state. */
  CLOSED(150),
  /** The native library cannot be loaded. Of this binding alone. */
  NO_LIBRARY(151),
  /** The library has no embedded model. */
  NO_DEFAULT_MODEL(200),
  /** The model file cannot be read. */
  MODEL_IO(201),
  /** Not a model file, or a damaged one. */
  MODEL_INVALID(202),
  /** A model file that this version does not know. */
  MODEL_UNSUPPORTED(203),
  /** No atoms. */
  MOLECULE_EMPTY(300),
  /** The molecule's text does not follow its grammar. */
  MOLECULE_SYNTAX(301),
  /** An element that does not exist. */
  MOLECULE_ELEMENT(302),
  /** An atom with more bonds than it can have. */
  MOLECULE_VALENCE(303),
  /** Aromatic bonds that nothing satisfies. */
  MOLECULE_AROMATICITY(304),
  /** A molecule beyond the limits. */
  MOLECULE_LIMIT(305),
  /** Well-formed, but not handled. */
  MOLECULE_UNSUPPORTED(306),
  /** The model needs more than this row has. */
  MOLECULE_INPUT(307),
  /** A docked pose that does not match its template. */
  MOLECULE_TEMPLATE(308),
  /** A defect of the library met this molecule. */
  MOLECULE_FAILED(399),
  /** The run was cancelled. */
  CANCELLED(400),
  /** A defect of the library; the objects given stay usable. */
  PANIC(900),
  /** A defect of the library. */
  INTERNAL(901);

  private static final Status[] ALL = values();

  private final int number;

  Status(int number) {
    this.number = number;
  }

  /**
   * The number in the C library.
   *
   * @return a {@code chmr_status}, but for those of this binding alone
   */
  public int number() {
    return number;
  }

  /** The status of a number; one that this version does not know is told by its range. */
  static Status of(int number) {
    for (Status status : ALL) {
      if (status.number == number) return status;
    }
    switch (number / 100) {
      case 1:
        return INVALID_ARGUMENT;
      case 2:
        return MODEL_UNSUPPORTED;
      case 3:
        return MOLECULE_UNSUPPORTED;
      case 4:
        return CANCELLED;
      default:
        return INTERNAL;
    }
  }
}
