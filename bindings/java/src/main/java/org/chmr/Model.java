package org.chmr;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A model: opened once, used by any number of threads at the same time, closed when nobody needs it. Closing while
 * another thread predicts is safe: that call is finished, later ones throw {@link Status#CLOSED}. A model that nobody
 * closes is freed some time after it becomes unreachable.
 *
 * <pre>{@code
 * try (Model model = Model.openDefault()) {
 *   MoleculeBatch batch = new MoleculeBatch();
 *   batch.addSmiles("CC(=O)Oc1ccccc1C(=O)O");
 *   Prediction p = model.predict(batch, PredictOptions.DEFAULT.withTasks(model.task("bbbp/p_np").index()));
 *   System.out.println(p.value(0, 0));
 * }
 * }</pre>
 */
public final class Model implements AutoCloseable {
  private final Handle handle;
  private final List<Task> tasks;
  private final Map<String, Task> byName = new HashMap<>();
  private final Identity identity;

  private Model(long pointer) throws ChmrException {
    this.handle = new Handle(this, "the model", pointer, Native::freeModel);
    String[] fields = Native.tasks(pointer);
    List<Task> all = new ArrayList<>();
    for (int i = 0; i < fields.length / Task.FIELDS; i++) {
      Task task = new Task(i, fields);
      all.add(task);
      byName.put(task.name(), task);
    }
    this.tasks = Collections.unmodifiableList(all);
    this.identity = new Identity(Native.identity(pointer));
  }

  /**
   * Opens the model that is embedded in the library.
   *
   * @throws ChmrException {@link Status#NO_DEFAULT_MODEL} if this build has none
   */
  public static Model openDefault() throws ChmrException {
    return new Model(library(Native::openDefault));
  }

  /**
   * Opens a model file.
   *
   * @throws ChmrException {@link Status#MODEL_IO}, {@link Status#MODEL_INVALID}, {@link Status#MODEL_UNSUPPORTED} or
   *     {@link Status#LIMIT}, with what is wrong and where
   */
  public static Model open(Path path) throws ChmrException {
    if (path == null) throw new ChmrException(Status.INVALID_ARGUMENT, "path is null");
    byte[] utf8 = MoleculeBatch.utf8(path.toString(), "path");
    return new Model(library(() -> Native.openPath(utf8)));
  }

  /**
   * Opens a model file held in memory; the array is copied.
   *
   * @throws ChmrException as {@link #open(Path)}
   */
  public static Model open(byte[] file) throws ChmrException {
    if (file == null) throw new ChmrException(Status.INVALID_ARGUMENT, "file is null");
    return new Model(library(() -> Native.openBytes(file)));
  }

  /** Version of the native library, {@code major.minor.patch}. */
  public static String libraryVersion() throws ChmrException {
    return library(Native::version);
  }

  /** What the model predicts; an index into this list names a task everywhere. */
  public List<Task> tasks() {
    return tasks;
  }

  /**
   * The task of that name, {@code <data set>/<column>}.
   *
   * @throws ChmrException {@link Status#NOT_FOUND}
   */
  public Task task(String name) throws ChmrException {
    Task task = byName.get(name);
    if (task == null) throw new ChmrException(Status.NOT_FOUND, "the model has no task '" + name + "'");
    return task;
  }

  /** Which model this is. */
  public Identity identity() {
    return identity;
  }

  /** Predicts all tasks for every row of {@code batch}, on all of the machine's threads. */
  public Prediction predict(MoleculeBatch batch) throws ChmrException {
    return predict(batch, PredictOptions.DEFAULT);
  }

  /**
   * Predicts every row of {@code batch}. A bad row fails no other: see {@link Prediction#status}.
   *
   * @throws ChmrException {@link Status#INVALID_ARGUMENT} for a bad selection of tasks, {@link Status#CANCELLED},
   *     {@link Status#LIMIT} if there is no room for the values, {@link Status#CLOSED}
   */
  public Prediction predict(MoleculeBatch batch, PredictOptions options) throws ChmrException {
    if (batch == null || options == null) {
      throw new ChmrException(Status.INVALID_ARGUMENT, (batch == null ? "batch" : "options") + " is null");
    }
    List<Task> columns = columns(options.tasks);
    int rows = batch.size();
    long cells = (long) rows * columns.size();
    if (cells > Integer.MAX_VALUE - 64) {
      throw new ChmrException(
          Status.LIMIT, rows + " rows of " + columns.size() + " values are too many for an array; use smaller batches");
    }
    float[] values = new float[(int) cells];
    int[] status = new int[rows];
    String[] reasons = new String[rows];
    long model = handle.acquire();
    try {
      if (options.run == null) {
        try (Run run = new Run()) {
          predict(model, batch, options, run, values, status, reasons);
        }
      } else {
        predict(model, batch, options, options.run, values, status, reasons);
      }
    } finally {
      handle.release();
    }
    return new Prediction(columns, identity, values, status, reasons);
  }

  private static void predict(
      long model, MoleculeBatch batch, PredictOptions options, Run run, float[] values, int[] status, String[] reasons)
      throws ChmrException {
    long pointer = run.handle.acquire();
    try {
      Native.predict(
          model, batch.text(), batch.ends(), batch.kinds(), options.tasks, options.threads, pointer, options.progress,
          values, status, reasons);
    } finally {
      run.handle.release();
    }
  }

  /**
   * Predicts one molecule on the calling thread, without the cost of a batch.
   *
   * @param tasks indices into {@link #tasks()}; none for all
   * @return a value for each
   * @throws ChmrException with the row's status where the molecule is refused
   */
  public float[] predictOne(String smiles, int... tasks) throws ChmrException {
    byte[] text = MoleculeBatch.utf8(smiles, "SMILES");
    boolean all = tasks == null || tasks.length == 0;
    float[] values = new float[all ? this.tasks.size() : tasks.length];
    long model = handle.acquire();
    try {
      Native.predictOne(model, text, all ? null : tasks, values);
    } finally {
      handle.release();
    }
    return values;
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return handle.isClosed();
  }

  @Override
  public void close() {
    handle.close();
  }

  private List<Task> columns(int[] selected) throws ChmrException {
    if (selected == null) return tasks;
    List<Task> columns = new ArrayList<>();
    for (int index : selected) {
      if (index < 0 || index >= tasks.size()) {
        throw new ChmrException(
            Status.INVALID_ARGUMENT, "there is no task " + index + ": the model has " + tasks.size());
      }
      columns.add(tasks.get(index));
    }
    return columns;
  }

  private interface Call<T> {
    T call() throws ChmrException;
  }

  /** Calls into the library; that it cannot be loaded is an exception, not the end of the program. */
  private static <T> T library(Call<T> call) throws ChmrException {
    try {
      return call.call();
    } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
      Throwable cause = e instanceof ExceptionInInitializerError && e.getCause() != null ? e.getCause() : e;
      ChmrException failure =
          new ChmrException(Status.NO_LIBRARY, "chmr's native library is not there: " + cause.getMessage());
      failure.initCause(cause);
      throw failure;
    }
  }
}
