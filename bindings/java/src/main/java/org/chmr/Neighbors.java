package org.chmr;

import java.util.List;
import java.util.Optional;

/** The molecules of a library or a table that resemble those of a batch. Plain Java memory; closing it is not needed. */
public final class Neighbors implements AutoCloseable {
  private final Rows rows;
  private final Identity model;
  private volatile Neighbor[][] found;

  private Neighbors(Identity model, Rows rows, Neighbor[][] found) {
    this.model = model;
    this.rows = rows;
    this.found = found;
  }

  interface Search {
    /** The ids, SMILES and similarities of all rows' neighbours, one row's behind the other's. */
    Object[] fill(Rows told, int[] counts) throws ChmrException;
  }

  /** What a search finds for the rows; {@code model} is null for a table. */
  static Neighbors search(MoleculeBatch.Packed rows, Identity model, Search search) throws ChmrException {
    Rows told = new Rows(rows.count());
    int[] counts = new int[told.count()];
    Object[] all = search.fill(told, counts);
    Neighbor[][] found = new Neighbor[told.count()][];
    int start = 0;
    for (int row = 0; row < found.length; start += counts[row++]) {
      found[row] = row((String[]) all[0], (String[]) all[1], (float[]) all[2], start, counts[row]);
    }
    return new Neighbors(model, told, found);
  }

  static Neighbor[] row(String[] ids, String[] smiles, float[] similarities, int start, int count) {
    Neighbor[] found = new Neighbor[count];
    for (int i = 0; i < count; i++) {
      found[i] = new Neighbor(ids[start + i], smiles[start + i], similarities[start + i]);
    }
    return found;
  }

  /**
   * The model whose library was searched.
   *
   * @return which it is; empty where a {@link FingerprintTable} was
   */
  public Optional<Identity> model() {
    return Optional.ofNullable(model);
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
   * @return nearest first, ties in the order of the library or table; none for a refused row
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
