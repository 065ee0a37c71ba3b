package org.chmr;

import java.util.List;
import java.util.Optional;

/** The molecules of the library that resemble those of a batch. Plain Java memory; closing it is not needed. */
public final class Neighbors implements AutoCloseable {
  private final Rows rows;
  private final Identity model;
  private volatile Neighbor[][] found;

  Neighbors(Identity model, Rows rows, Neighbor[][] found) {
    this.model = model;
    this.rows = rows;
    this.found = found;
  }

  /**
   * The model whose library was searched.
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
   * The molecules most similar to a row's.
   *
   * @param row below {@link #rowCount()}
   * @return nearest first, ties in the order of the library; none for a refused row
   */
  public List<Neighbor> of(int row) {
    Neighbor[][] all = found;
    if (all == null) throw new IllegalStateException("the neighbours were closed");
    return List.of(all[rows.checked(row)]);
  }

  @Override
  public void close() {
    found = null;
  }
}
