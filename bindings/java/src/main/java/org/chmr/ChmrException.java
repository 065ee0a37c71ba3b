package org.chmr;

/** What chmr cannot do, and why. The message says what is wrong, where, and what was expected. */
public final class ChmrException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  ChmrException(int status, String message) {
    super(message);
    this.status = status;
  }

  ChmrException(Status status, String message) {
    this(status.number(), message);
  }

  /**
   * What kind of failure this is.
   *
   * @return the kind
   */
  public Status getStatus() {
    return Status.of(status);
  }

  /**
   * The number of the failure ({@code chmr_status} of the C library); newer libraries may know more than {@link Status}.
   *
   * @return the number
   */
  public int getStatusNumber() {
    return status;
  }
}
