package org.chmr;

import java.util.Optional;

/** What became of the rows of a batch. */
final class Rows {
  final int[] status;
  final String[] reasons;

  Rows(int rows) {
    this.status = new int[rows];
    this.reasons = new String[rows];
  }

  int count() {
    return status.length;
  }

  Status status(int row) {
    return Status.of(status[checked(row)]);
  }

  Optional<String> reason(int row) {
    return Optional.ofNullable(reasons[checked(row)]);
  }

  int checked(int row) {
    if (row < 0 || row >= status.length) throw new IndexOutOfBoundsException("row " + row);
    return row;
  }
}
