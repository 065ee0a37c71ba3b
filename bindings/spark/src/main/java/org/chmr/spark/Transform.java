package org.chmr.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.IntFunction;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.chmr.ChmrException;
import org.chmr.Model;
import org.chmr.MoleculeBatch;
import org.chmr.Progress;
import org.chmr.Status;

/** A column of SMILES in, further columns out, batch by batch within a partition. */
final class Transform implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;
  /** What became of the row: the name of a {@link Status}. */
  static final String STATUS = "chmr_status";
  /** Why it was refused; null for a good one. */
  static final String REASON = "chmr_reason";

  private final Models.Reference model;
  private final ChmrOptions options;
  private final int smiles;
  /** Columns more than the rows had. */
  private final int added;
  private final Work work;

  /** What is done with a batch. */
  interface Work extends java.io.Serializable {
    /** A result a row, in the order of the batch. */
    Results on(Model model, MoleculeBatch batch, int threads, Progress progress) throws ChmrException;
  }

  /** What was found for a batch. */
  static final class Results implements AutoCloseable {
    private final IntFunction<Status> status;
    private final IntFunction<Optional<String>> reason;
    private final Put put;
    private final Runnable close;

    Results(IntFunction<Status> status, IntFunction<Optional<String>> reason, Put put, Runnable close) {
      this.status = status;
      this.reason = reason;
      this.put = put;
      this.close = close;
    }

    @Override
    public void close() {
      close.run();
    }
  }

  /** Writes the values of a good row's columns. */
  interface Put {
    /** From {@code to[start]} on. */
    void put(int row, Object[] to, int start);
  }

  private Transform(Models.Reference model, ChmrOptions options, int smiles, int added, Work work) {
    this.model = model;
    this.options = options;
    this.smiles = smiles;
    this.added = added;
    this.work = work;
  }

  /** {@code rows} with {@code columns} more, the status and the reason; the columns are null in a refused row. */
  static Dataset<Row> apply(
      Dataset<Row> rows, String smilesColumn, List<StructField> columns, Models.Reference model, ChmrOptions options,
      Work work) {
    StructType schema = rows.schema();
    int smiles = schema.fieldIndex(smilesColumn);
    if (!schema.fields()[smiles].dataType().equals(DataTypes.StringType)) {
      throw new IllegalArgumentException(
          "column '" + smilesColumn + "' is " + schema.fields()[smiles].dataType().simpleString()
              + "; expected a string, SMILES");
    }
    List<StructField> added = new ArrayList<>(columns);
    added.add(DataTypes.createStructField(STATUS, DataTypes.StringType, false));
    added.add(DataTypes.createStructField(REASON, DataTypes.StringType, true));
    for (StructField field : added) {
      if (Arrays.stream(schema.fieldNames()).anyMatch(field.name()::equalsIgnoreCase)) {
        throw new IllegalArgumentException("there is a column '" + field.name() + "' already; rename or drop it");
      }
      schema = schema.add(field);
    }
    Dataset<Row> mapped =
        rows.mapPartitions(new Transform(model, options, smiles, added.size(), work), Encoders.row(schema));
    // An encoder does not pass on what is known of columns.
    Column[] named = new Column[schema.length()];
    for (int i = 0; i < named.length; i++) {
      StructField field = schema.fields()[i];
      named[i] = mapped.col("`" + field.name().replace("`", "``") + "`").as(field.name(), field.metadata());
    }
    return mapped.select(named);
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Batches(rows, model.open());
  }

  private final class Batches implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Model opened;
    private final MoleculeBatch batch = new MoleculeBatch();
    private final List<Row> waiting = new ArrayList<>();
    private Results results;
    private int next;

    Batches(Iterator<Row> rows, Model opened) {
      this.rows = rows;
      this.opened = opened;
    }

    @Override
    public boolean hasNext() {
      if (next < waiting.size()) return true;
      letGo();
      return rows.hasNext();
    }

    private void letGo() {
      if (results != null) results.close();
      results = null;
    }

    @Override
    public Row next() {
      if (next == waiting.size()) fill();
      Row row = waiting.get(next);
      int width = row.size();
      Object[] out = new Object[width + added];
      for (int i = 0; i < width; i++) out[i] = row.get(i);
      Status status = results.status.apply(next);
      if (status == Status.OK) results.put.put(next, out, width);
      out[out.length - 2] = status.name();
      out[out.length - 1] = results.reason.apply(next).orElse(null);
      waiting.set(next++, null);
      return RowFactory.create(out);
    }

    private void fill() {
      if (!rows.hasNext()) throw new NoSuchElementException();
      letGo();
      waiting.clear();
      batch.clear();
      next = 0;
      try {
        while (rows.hasNext() && waiting.size() < options.rows) {
          Row row = rows.next();
          add(row.getString(smiles));
          waiting.add(row);
        }
        results = work.on(opened, batch, options.threads, Transform::goesOn);
      } catch (ChmrException e) {
        TaskContext task = TaskContext.get();
        if (task != null && task.isInterrupted()) throw new TaskKilledException("while predicting");
        throw new IllegalStateException(e.getMessage(), e);
      }
    }

    /** A missing molecule is refused as an empty one is. */
    private void add(String text) throws ChmrException {
      try {
        batch.addSmiles(text == null ? "" : text);
      } catch (ChmrException e) {
        if (e.getStatus() != Status.INVALID_TEXT) throw e;
        batch.addSmiles("?"); // refused in its place
      }
    }
  }

  /** A task that was killed, such as the slower one of two speculative ones, stops within a batch. */
  private static boolean goesOn(long done, long total) {
    TaskContext task = TaskContext.get();
    return task == null || !task.isInterrupted();
  }
}
