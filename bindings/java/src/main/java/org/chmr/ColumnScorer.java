package org.chmr;

import java.util.ArrayList;
import java.util.List;

/**
 * A column of SMILES in, columns of properties out: the shape of a KNIME node, with nothing of KNIME in it. A node's
 * {@code execute} feeds rows by {@link #add} and takes whole columns of values from the sink, passes on progress by
 * {@link #watch}, and calls {@link #cancel} when the user does.
 */
public final class ColumnScorer implements AutoCloseable {
  /** Rows predicted at a time: enough to keep all threads busy, few enough to stop soon. */
  public static final int ROWS = 1024;

  /** Takes the results, row by row, in the order in which they were added. */
  public interface Sink {
    /**
     * Takes a row.
     *
     * @param key what {@link #add} was given for the row
     * @param values one value a column, NaN in a refused row; only valid during the call
     * @param refusal why the row was refused, or null
     */
    void row(Object key, float[] values, String refusal);
  }

  private final Model model;
  private final Run run;
  private final Sink sink;
  private final MoleculeBatch batch = new MoleculeBatch();
  private final List<Object> keys = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private PredictOptions options;
  private long done;

  /**
   * A scorer of some properties.
   *
   * @param model stays the caller's to close
   * @param tasks names of the properties wanted, {@code <data set>/<column>}
   * @param threads at most so many; 0 for as many as the machine has
   * @param sink takes the results
   * @throws ChmrException {@link Status#NOT_FOUND} for a task that the model does not have, {@link Status#INVALID_ARGUMENT}
   *     for null
   */
  public ColumnScorer(Model model, List<String> tasks, int threads, Sink sink) throws ChmrException {
    Model.checked(model, "model");
    Model.checked(tasks, "tasks");
    Model.checked(sink, "sink");
    this.model = model;
    this.sink = sink;
    int[] indices = new int[tasks.size()];
    for (int i = 0; i < indices.length; i++) {
      Task task = model.task(tasks.get(i));
      indices[i] = task.index();
      names.add(task.toString());
    }
    this.run = new Run();
    this.options = PredictOptions.DEFAULT.withTasks(indices).withThreads(threads).withRun(run);
  }

  /**
   * Tells a listener how many rows are scored, all those before included.
   *
   * @param progress called on the thread that adds rows; its false cancels; null for nobody
   * @param total rows that are to come in all, which the listener is told; -1 if nobody knows
   */
  public void watch(Progress progress, long total) {
    options = options.withProgress(progress == null ? null : (rows, ignored) -> progress.report(done + rows, total));
  }

  /**
   * Headings of the output columns, with units.
   *
   * @return one a task
   */
  public List<String> columns() {
    return List.copyOf(names);
  }

  /**
   * Adds a row; every {@link #ROWS} rows the sink gets results. A missing cell (null) is a refused row, as is text that
   * is no molecule.
   *
   * @param key given back with the results
   * @param smiles the molecule, or null
   * @throws ChmrException {@link Status#CANCELLED} after {@link #cancel}
   */
  public void add(Object key, String smiles) throws ChmrException {
    String text = smiles == null ? "" : smiles;
    try {
      batch.addSmiles(text);
    } catch (ChmrException e) {
      if (e.getStatus() != Status.INVALID_TEXT) throw e;
      batch.addSmiles("?"); // refused below, in its place
    }
    keys.add(key);
    if (keys.size() == ROWS) flush();
  }

  /**
   * Gives the sink what is still waiting. To be called once more at the end.
   *
   * @throws ChmrException {@link Status#CANCELLED} after {@link #cancel}
   */
  public void flush() throws ChmrException {
    if (keys.isEmpty()) return;
    Prediction p = model.predict(batch, options);
    float[] values = new float[names.size()];
    for (int row = 0; row < keys.size(); row++) {
      System.arraycopy(p.values(), row * values.length, values, 0, values.length);
      sink.row(keys.get(row), values, p.reason(row).orElse(null));
    }
    done += keys.size();
    keys.clear();
    batch.clear();
  }

  /** Stops the scoring, from any thread. */
  public void cancel() {
    run.cancel();
  }

  @Override
  public void close() {
    run.close();
  }
}
