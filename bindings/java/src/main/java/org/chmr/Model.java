package org.chmr;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
  private final int librarySize;
  private final List<Modality> modalities;
  /** What {@link Prediction#provision} tells about. */
  private final List<String> provided;
  private final Hierarchy hierarchy;

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
    String[] known = Native.modelLibrary(pointer);
    this.librarySize = known.length == 0 ? 0 : Integer.parseInt(known[0]);
    this.modalities = Modality.read(known);
    this.provided =
        Stream.concat(Stream.of("structure"), modalities.stream().map(Modality::name)).collect(Collectors.toUnmodifiableList());
    String[] levels = Native.hierarchy(pointer);
    this.hierarchy = levels.length == 0 ? null : new Hierarchy(levels);
  }

  /**
   * Opens the model that is embedded in the library.
   *
   * @return the model, to be closed
   * @throws ChmrException {@link Status#NO_DEFAULT_MODEL} if this build has none
   */
  public static Model openDefault() throws ChmrException {
    return new Model(library(Native::openDefault));
  }

  /**
   * Opens a model file. It is not needed afterwards.
   *
   * @param path the file
   * @return the model, to be closed
   * @throws ChmrException {@link Status#MODEL_IO}, {@link Status#MODEL_INVALID}, {@link Status#MODEL_UNSUPPORTED} or
   *     {@link Status#LIMIT}, with what is wrong and where
   */
  public static Model open(Path path) throws ChmrException {
    return open(path, OpenOptions.DEFAULT);
  }

  /**
   * Opens a model file within bounds of the caller's.
   *
   * @param path the file
   * @param options what the file may cost
   * @return the model, to be closed
   * @throws ChmrException as {@link #open(Path)}
   */
  public static Model open(Path path, OpenOptions options) throws ChmrException {
    byte[] utf8 = Library.utf8(path);
    checked(options, "options");
    return new Model(library(() -> Native.openPath(utf8, options.bounds)));
  }

  /**
   * Opens a model file held in memory; the array is copied.
   *
   * @param file its content
   * @return the model, to be closed
   * @throws ChmrException as {@link #open(Path)}
   */
  public static Model open(byte[] file) throws ChmrException {
    return open(file, OpenOptions.DEFAULT);
  }

  /**
   * Opens a model file held in memory within bounds of the caller's; the array is copied.
   *
   * @param file its content
   * @param options what the file may cost
   * @return the model, to be closed
   * @throws ChmrException as {@link #open(Path)}
   */
  public static Model open(byte[] file, OpenOptions options) throws ChmrException {
    checked(file, "file");
    checked(options, "options");
    return new Model(library(() -> Native.openBytes(file, options.bounds)));
  }

  /**
   * Version of the native library.
   *
   * @return {@code major.minor.patch}
   * @throws ChmrException {@link Status#NO_LIBRARY}
   */
  public static String libraryVersion() throws ChmrException {
    return library(Native::version);
  }

  /**
   * What the model predicts.
   *
   * @return the tasks; an index into this list names a task everywhere
   */
  public List<Task> tasks() {
    return tasks;
  }

  /**
   * The task of that name.
   *
   * @param name {@code <data set>/<column>}
   * @return the task
   * @throws ChmrException {@link Status#NOT_FOUND}
   */
  public Task task(String name) throws ChmrException {
    checked(name, "name");
    Task task = byName.get(name);
    if (task == null) throw new ChmrException(Status.NOT_FOUND, "the model has no task '" + name + "'");
    return task;
  }

  /**
   * Which model this is.
   *
   * @return that of its file, whatever library was added
   */
  public Identity identity() {
    return identity;
  }

  /**
   * The modalities that the model's library holds profiles of, and that {@link #impute} can therefore fill in.
   *
   * @return none for a model without a library
   */
  public List<Modality> modalities() {
    return modalities;
  }

  /**
   * The modality of that name.
   *
   * @param name such as {@code expression}
   * @return the modality
   * @throws ChmrException {@link Status#NOT_FOUND}
   */
  public Modality modality(String name) throws ChmrException {
    return Modality.find(modalities, name);
  }

  /**
   * How many molecules the model's library holds.
   *
   * @return 0 for a model without a library
   */
  public int librarySize() {
    return librarySize;
  }

  /**
   * The model's learned hierarchy.
   *
   * @return empty for a model without one, which {@link #encode} refuses
   */
  public Optional<Hierarchy> hierarchy() {
    return Optional.ofNullable(hierarchy);
  }

  /**
   * This model with {@code library} added to its own: molecules of the same id are the same, and where both have a
   * modality that of {@code library} counts. This model stays as it is; the two share their networks.
   *
   * @param library copied; it may be closed afterwards
   * @return a model of its own, to be closed
   * @throws ChmrException {@link Status#INVALID_ARGUMENT} for an id that is two molecules, or fingerprints of another kind
   */
  public Model withLibrary(Library library) throws ChmrException {
    checked(library, "library");
    long model = handle.acquire();
    try {
      long added = library.handle().acquire();
      try {
        return new Model(Native.withLibrary(model, added));
      } finally {
        library.handle().release();
      }
    } finally {
      handle.release();
    }
  }

  /**
   * Predicts all tasks for every row of {@code batch}, on all of the machine's threads.
   *
   * @param batch the molecules
   * @return what was predicted
   * @throws ChmrException as {@link #predict(MoleculeBatch, PredictOptions)}
   */
  public Prediction predict(MoleculeBatch batch) throws ChmrException {
    return predict(batch, PredictOptions.DEFAULT);
  }

  /**
   * Predicts every row of {@code batch}. A bad row fails no other: see {@link Prediction#status}.
   *
   * @param batch the molecules
   * @param options which tasks, and how
   * @return what was predicted
   * @throws ChmrException {@link Status#INVALID_ARGUMENT} for a bad selection of tasks, or if trust is wanted of a model
   *     that says nothing of it, {@link Status#CANCELLED},
   *     {@link Status#LIMIT} if there is no room for the values, {@link Status#CLOSED}
   */
  public Prediction predict(MoleculeBatch batch, PredictOptions options) throws ChmrException {
    MoleculeBatch.Packed rows = packed(batch, options);
    List<Task> columns = columns(options.tasks);
    Rows told = new Rows(rows.count());
    float[] values = new float[cells(told.count(), columns.size())];
    int[] flags = new int[told.count()];
    String[] notes = new String[told.count()];
    byte[] provisions = new byte[cells(told.count(), provided.size())];
    Object[] trust = options.trust ? new Object[Trust.PARTS] : null;
    during(options, (model, run) -> {
      Native.predict(
          model, rows.text, rows.ends, rows.kinds, options.tasks, options.threads, run, options.progress, values,
          told.status, told.reasons, flags, notes, provisions, trust);
      return 0;
    });
    return new Prediction(
        columns, identity, values, told, flags, notes, provided, provisions, trust == null ? null : new Trust(trust));
  }

  /**
   * Fills in a modality for every row of {@code batch}, by regression, on all of the machine's threads.
   *
   * @param batch the molecules
   * @param modality such as {@code expression}
   * @return what was imputed, to be closed
   * @throws ChmrException as {@link #impute(MoleculeBatch, String, ImputeOptions)}
   */
  public Imputation impute(MoleculeBatch batch, String modality) throws ChmrException {
    return impute(batch, modality, ImputeOptions.DEFAULT);
  }

  /**
   * Fills in a modality for every row of {@code batch}, from the observed profiles of similar molecules of the model's
   * library. A bad row fails no other. A molecule that resembles none of the library gets the mean profile, and
   * {@link Imputation#support} says so. What was measured of a molecule tells of its other features, as far as these vary
   * together in the library's profiles.
   *
   * @param batch the molecules
   * @param modality such as {@code expression}
   * @param options what was measured, and how
   * @return what was imputed, to be closed
   * @throws ChmrException {@link Status#NOT_FOUND} if the library has no such modality, {@link Status#INVALID_ARGUMENT} for
   *     a number of measurements that does not fit, {@link Status#CANCELLED}, {@link Status#LIMIT}, {@link Status#CLOSED}
   */
  public Imputation impute(MoleculeBatch batch, String modality, ImputeOptions options) throws ChmrException {
    MoleculeBatch.Packed rows = packed(batch, options);
    byte[] name = MoleculeBatch.utf8(modality, "modality");
    Modality wanted = modality(modality);
    int n = rows.count();
    Matrix.check(n, wanted.features().size());
    Rows told = new Rows(n);
    int[] counts = new int[cells(n, Support.COUNTS)];
    float[] shares = new float[cells(n, 2)];
    float[] similarities = new float[cells(n, Support.SOURCES)];
    String[] ids = new String[similarities.length];
    String[] smiles = new String[similarities.length];
    long matrices = during(options, (model, run) -> Native.impute(
        model, rows.text, rows.ends, rows.kinds, name, options.observed, options.neighbors, options.steps,
        options.structureOnly, options.threads, run, options.progress, told.status, told.reasons, counts, shares, ids,
        smiles, similarities));
    Support[] support = new Support[n];
    for (int row = 0; row < n; row++) {
      int first = Support.COUNTS * row;
      if (counts[first] == 0) continue; // refused
      Neighbor[] sources = Neighbors.row(ids, smiles, similarities, row * Support.SOURCES, counts[first + 3]);
      support[row] = new Support(counts, shares, row, sources);
    }
    return new Imputation(wanted, identity, told, support, matrices);
  }

  /**
   * The ten molecules of the model's library most similar to each row of {@code batch}.
   *
   * @param batch the molecules
   * @return what was found
   * @throws ChmrException as {@link #neighbors(MoleculeBatch, NeighborOptions)}
   */
  public Neighbors neighbors(MoleculeBatch batch) throws ChmrException {
    return neighbors(batch, NeighborOptions.DEFAULT);
  }

  /**
   * The molecules of the model's library most similar to each row of {@code batch}. A bad row fails no other.
   *
   * @param batch the molecules
   * @param options how many, how near
   * @return what was found
   * @throws ChmrException {@link Status#INVALID_ARGUMENT} for a model without a library or options out of range,
   *     {@link Status#CANCELLED}, {@link Status#LIMIT}, {@link Status#CLOSED}
   */
  public Neighbors neighbors(MoleculeBatch batch, NeighborOptions options) throws ChmrException {
    MoleculeBatch.Packed rows = packed(batch, options);
    return Neighbors.search(rows, identity, (told, counts) -> during(options, (model, run) -> Native.neighbors(
        model, rows.text, rows.ends, rows.kinds, options.most, options.least, options.threads, run, options.progress,
        told.status, told.reasons, counts)));
  }

  /**
   * Computes the latents of every row of {@code batch} and their places in the hierarchy, on all of the machine's threads.
   *
   * @param batch the molecules
   * @return what was computed, to be closed
   * @throws ChmrException as {@link #encode(MoleculeBatch, EncodeOptions)}
   */
  public Encoding encode(MoleculeBatch batch) throws ChmrException {
    return encode(batch, EncodeOptions.DEFAULT);
  }

  /**
   * Computes the latents of every row of {@code batch} and their places in the hierarchy. A bad row fails no other.
   *
   * @param batch the molecules
   * @param options how
   * @return what was computed, to be closed
   * @throws ChmrException {@link Status#INVALID_ARGUMENT} for a model without a hierarchy, {@link Status#CANCELLED},
   *     {@link Status#LIMIT}, {@link Status#CLOSED}
   */
  public Encoding encode(MoleculeBatch batch, EncodeOptions options) throws ChmrException {
    MoleculeBatch.Packed rows = packed(batch, options);
    if (hierarchy == null) {
      handle.acquire();
      handle.release();
      throw new ChmrException(
          Status.INVALID_ARGUMENT, "this model has no codebook: it predicts, but places nothing in a hierarchy");
    }
    int n = rows.count();
    Matrix.check(n, hierarchy.width());
    Rows told = new Rows(n);
    int[] nodes = new int[cells(n, (long) hierarchy.modalities().size() * hierarchy.depth())];
    float[] cosines = new float[nodes.length];
    long matrices = during(options, (model, run) -> Native.encode(
        model, rows.text, rows.ends, rows.kinds, options.threads, run, options.progress, told.status, told.reasons,
        nodes, cosines));
    return new Encoding(hierarchy, identity, told, nodes, cosines, matrices);
  }

  /**
   * Predicts one molecule on the calling thread, without the cost of a batch.
   *
   * @param smiles the molecule
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

  /**
   * Whether {@link #close} was called.
   *
   * @return whether calls are refused
   */
  public boolean isClosed() {
    return handle.isClosed();
  }

  @Override
  public void close() {
    handle.close();
  }

  static MoleculeBatch.Packed packed(MoleculeBatch batch, RunOptions<?> options) throws ChmrException {
    checked(batch, "batch");
    checked(options, "options");
    return batch.packed();
  }

  /** Refuses null for an argument. */
  static void checked(Object argument, String name) throws ChmrException {
    if (argument == null) throw new ChmrException(Status.INVALID_ARGUMENT, name + " is null");
  }

  /** Length of an array of so many rows. */
  private static int cells(int rows, long columns) throws ChmrException {
    if (rows * columns > Integer.MAX_VALUE - 64) {
      throw new ChmrException(
          Status.LIMIT, rows + " rows of " + columns + " values are too many for an array; use smaller batches");
    }
    return (int) (rows * columns);
  }

  private <R> R during(RunOptions<?> options, RunOptions.Work<R> work) throws ChmrException {
    return options.during(handle, work);
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

  interface Call<T> {
    T call() throws ChmrException;
  }

  /** Calls into the library; that it cannot be loaded is an exception, not the end of the program. */
  static <T> T library(Call<T> call) throws ChmrException {
    try {
      return call.call();
    } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
      // The first call gets the loader's own error, later ones that a class could not be initialised.
      Throwable known = NativeLoader.failure();
      Throwable cause = known != null ? known : e.getCause() != null ? e.getCause() : e;
      ChmrException failure =
          new ChmrException(Status.NO_LIBRARY, "chmr's native library is not there: " + cause.getMessage());
      failure.initCause(cause);
      throw failure;
    }
  }
}
