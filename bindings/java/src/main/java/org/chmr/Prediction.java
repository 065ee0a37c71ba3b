package org.chmr;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What was predicted for a batch. Plain Java memory; closing it is not needed. The values of a closed one throw
 * {@link IllegalStateException}.
 */
public final class Prediction implements AutoCloseable {
  private final List<Task> tasks;
  private final Identity model;
  private final Rows rows;
  /** A row each: {@link MoleculeFlag} as bits. */
  private final int[] flags;
  /** A row each: what the flags say; null where there are none. */
  private final String[] notes;
  private final List<String> modalities;
  private final byte[] provisions;
  private final Trust trust;
  private volatile float[] values;
  /** The values outside of the heap, once wanted. */
  private volatile FloatBuffer buffer;

  /**
   * @param provisions rows × modalities, as {@link Provision} counts
   * @param trust null unless it was asked for
   */
  Prediction(
      List<Task> tasks, Identity model, float[] values, Rows rows, int[] flags, String[] notes, List<String> modalities,
      byte[] provisions, Trust trust) {
    this.tasks = Collections.unmodifiableList(tasks);
    this.model = model;
    this.values = values;
    this.rows = rows;
    this.flags = flags;
    this.notes = notes;
    this.modalities = modalities;
    this.provisions = provisions;
    this.trust = trust;
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
   * What makes the molecule of a row unlike those that models are made for. Such a row is {@link Status#OK} and has values all
   * the same; what they are worth is doubtful.
   *
   * @param row below {@link #rowCount()}
   * @return a set of the caller's own; empty for most molecules and in a refused row
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public Set<MoleculeFlag> flags(int row) {
    return MoleculeFlag.of(flags[rows.checked(row)]);
  }

  /**
   * What {@link #flags} of a row say, in words.
   *
   * @param row below {@link #rowCount()}
   * @return empty where there are none
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public Optional<String> note(int row) {
    return Optional.ofNullable(notes[rows.checked(row)]);
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

  /**
   * All values, for native code and channels, which take direct buffers without a copy of their own.
   *
   * @return rows × tasks, row by row: direct, read-only, of native byte order, its position 0; copied from {@link #values()}
   *     by the first call, whose values later calls share. It stays good after {@link #close()}
   * @throws IllegalStateException if the prediction was closed, or if it has more than 2<sup>29</sup> - 1 values, for which
   *     Java has no direct buffer
   */
  public FloatBuffer buffer() {
    float[] all = values();
    FloatBuffer filled = buffer;
    if (filled == null) {
      if (all.length > Integer.MAX_VALUE / Float.BYTES) {
        throw new IllegalStateException(all.length + " values; use smaller batches");
      }
      filled =
          ByteBuffer.allocateDirect(all.length * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer().put(all).rewind()
              .asReadOnlyBuffer();
      buffer = filled;
    }
    return filled.duplicate();
  }

  /**
   * The coverages that there are intervals for.
   *
   * @return a copy, ascending: shares of measurements that the intervals hold; empty unless
   *     {@link PredictOptions#withTrust} asked for them
   */
  public float[] coverages() {
    return trust == null ? new float[0] : trust.coverages();
  }

  /**
   * The interval about a value that holds a measurement with a given probability.
   *
   * @param row below {@link #rowCount()}
   * @param column an index into {@link #tasks()}
   * @param coverage an index into {@link #coverages()}
   * @return empty for a classification (its value is a calibrated probability already), in a refused row, and where the
   *     model has too few measurements to promise that coverage
   * @throws IndexOutOfBoundsException if there is no such row, column or coverage
   */
  public Optional<Interval> interval(int row, int column, int coverage) {
    float value = value(row, column);
    if (trust == null) throw new IndexOutOfBoundsException("coverage " + coverage + "; trust was not asked for");
    return trust.interval(value, column, coverage);
  }

  /**
   * Where the molecule of a row lies relative to the training molecules of a column's data set.
   *
   * @param row below {@link #rowCount()}
   * @param column an index into {@link #tasks()}
   * @return empty in a refused row, where the data set has no domain, and unless {@link PredictOptions#withTrust} asked
   *     for it
   * @throws IndexOutOfBoundsException if there is no such row or column
   */
  public Optional<Domain> domain(int row, int column) {
    if (column < 0 || column >= tasks.size()) throw new IndexOutOfBoundsException("column " + column);
    if (rows.status(row) != Status.OK || trust == null) return Optional.empty();
    return trust.domain(row, column);
  }

  /**
   * The modalities that {@link #provision} tells about.
   *
   * @return {@code structure}, then those of the model's library
   */
  public List<String> modalities() {
    return modalities;
  }

  /**
   * What a prediction knew of a modality of its molecule. Today's models read structure alone: that of a good row is
   * observed, and all else is absent, whatever profiles the model's library holds.
   *
   * @param row below {@link #rowCount()}
   * @param modality an index into {@link #modalities()}
   * @return where it came from
   * @throws IndexOutOfBoundsException if there is no such row or modality
   */
  public Provision provision(int row, int modality) {
    if (modality < 0 || modality >= modalities.size()) throw new IndexOutOfBoundsException("modality " + modality);
    return Provision.values()[provisions[rows.checked(row) * modalities.size() + modality]];
  }

  @Override
  public void close() {
    values = null;
    buffer = null;
  }
}
