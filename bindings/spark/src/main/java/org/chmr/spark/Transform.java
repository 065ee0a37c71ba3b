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
import scala.Tuple3;

/**
 * A column of SMILES in, further columns out, batch by batch within a partition. A row leaves as itself, its numbers, and its
 * other columns; a projection makes columns of them. (A {@link Row} of hundreds of numbers would have each of them boxed.)
 */
final class Transform implements MapPartitionsFunction<Row, Tuple3<Row, Floats, Row>> {
  private static final long serialVersionUID = 1L;
  /** What became of the row: the name of a {@link Status}. */
  static final String STATUS = "chmr_status";
  /** Why it was refused; null for a good one. */
  static final String REASON = "chmr_reason";

  private final Models.Reference model;
  private final ChmrOptions options;
  private final int smiles;
  /** How many columns there are besides numbers. */
  private final int others;
  private final Work work;

  /** What is done with a batch. */
  interface Work extends java.io.Serializable {
    /** A result a row, in the order of the batch. */
    Results on(Model model, MoleculeBatch batch, int threads, Progress progress) throws ChmrException;
  }

  /** What was found for a batch; of a refused row only status and reason are asked for. */
  static final class Results {
    IntFunction<Status> status;
    IntFunction<Optional<String>> reason;
    IntFunction<float[]> values = row -> null;
    IntFunction<float[]> spread = row -> null;
    /** The columns besides numbers, if there are any. */
    IntFunction<Object[]> others = row -> new Object[0];
    Runnable close;
  }

  /** A column to come, and what it is made of. */
  static final class Output {
    final StructField field;
    /** An expression over {@code values}, {@code spread} and, by their names, the other columns. */
    final Column from;
    /** Whether it is one of the other columns. */
    final boolean other;

    private Output(StructField field, Column from, boolean other) {
      this.field = field;
      this.from = from;
      this.other = other;
    }

    /** One of the values. */
    static Output value(StructField field, int index) {
      return new Output(field, new Column("_2.values").getItem(index), false);
    }

    /** All values, or all of the spread. */
    static Output numbers(StructField field, String which) {
      return new Output(field, new Column("_2." + which), false);
    }

    /** One of the other columns. */
    static Output other(StructField field) {
      return new Output(field, of("_3", field), true);
    }

    private static Column of(String part, StructField field) {
      return new Column(part + ".`" + field.name().replace("`", "``") + "`");
    }
  }

  private Transform(Models.Reference model, ChmrOptions options, int smiles, int others, Work work) {
    this.model = model;
    this.options = options;
    this.smiles = smiles;
    this.others = others;
    this.work = work;
  }

  /** {@code rows} with {@code columns} more, the status and the reason; the columns are null in a refused row. */
  static Dataset<Row> apply(
      Dataset<Row> rows, String smilesColumn, List<Output> columns, Models.Reference model, ChmrOptions options,
      Work work) {
    StructType schema = rows.schema();
    int smiles = schema.fieldIndex(smilesColumn);
    if (!schema.fields()[smiles].dataType().equals(DataTypes.StringType)) {
      throw new IllegalArgumentException(
          "column '" + smilesColumn + "' is " + schema.fields()[smiles].dataType().simpleString()
              + "; expected a string, SMILES");
    }
    List<Output> added = new ArrayList<>(columns);
    added.add(Output.other(DataTypes.createStructField(STATUS, DataTypes.StringType, false)));
    added.add(Output.other(DataTypes.createStructField(REASON, DataTypes.StringType, true)));
    StructType others = new StructType();
    List<Column> all = new ArrayList<>();
    for (StructField field : schema.fields()) all.add(Output.of("_1", field).as(field.name(), field.metadata()));
    for (Output output : added) {
      StructField field = output.field;
      if (Arrays.stream(schema.fieldNames()).anyMatch(field.name()::equalsIgnoreCase)) {
        throw new IllegalArgumentException("there is a column '" + field.name() + "' already; rename or drop it");
      }
      if (output.other) others = others.add(field);
      // An encoder does not pass on what is known of columns.
      all.add(output.from.as(field.name(), field.metadata()));
    }
    return rows
        .mapPartitions(
            new Transform(model, options, smiles, others.length(), work),
            Encoders.tuple(Encoders.row(schema), Encoders.bean(Floats.class), Encoders.row(others)))
        .select(all.toArray(new Column[0]));
  }

  @Override
  public Iterator<Tuple3<Row, Floats, Row>> call(Iterator<Row> rows) {
    return new Batches(rows, model.open());
  }

  private final class Batches implements Iterator<Tuple3<Row, Floats, Row>> {
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
      if (results != null) results.close.run();
      results = null;
    }

    @Override
    public Tuple3<Row, Floats, Row> next() {
      if (next == waiting.size()) fill();
      Status status = results.status.apply(next);
      Floats floats = new Floats();
      Object[] other = new Object[others];
      if (status == Status.OK) {
        floats.setValues(results.values.apply(next));
        floats.setSpread(results.spread.apply(next));
        Object[] found = results.others.apply(next);
        System.arraycopy(found, 0, other, 0, found.length);
      }
      other[others - 2] = status.name();
      other[others - 1] = results.reason.apply(next).orElse(null);
      return new Tuple3<>(waiting.set(next++, null), floats, RowFactory.create(other));
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
