package org.chmr.spark;

import java.io.Serializable;
import java.util.Arrays;

/**
 * With which model and how a transform works. The default: the model embedded in the library, 1,024 rows at a time, one
 * thread a task. Immutable; a method gives new options.
 */
public final class ChmrOptions implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The default. */
  public static final ChmrOptions DEFAULT = new ChmrOptions(null, new String[0], 1024, 1, 0);

  final String model;
  final String[] libraries;
  final int rows;
  final int threads;
  /** Coverage of the intervals; 0 for no trust. */
  final double trust;

  private ChmrOptions(String model, String[] libraries, int rows, int threads, double trust) {
    this.model = model;
    this.libraries = libraries;
    this.rows = rows;
    this.threads = threads;
    this.trust = trust;
  }

  /**
   * With a model file.
   *
   * @param file a path that driver and workers have, or the name of a file that {@code SparkContext.addFile} or
   *     {@code --files} brought; null for the embedded model
   * @return such options
   */
  public ChmrOptions withModel(String file) {
    return new ChmrOptions(file, libraries, rows, threads, trust);
  }

  /**
   * With a reference library added to the model's own.
   *
   * @param file as for {@link #withModel}
   * @return such options
   */
  public ChmrOptions withLibrary(String file) {
    String[] more = Arrays.copyOf(libraries, libraries.length + 1);
    more[libraries.length] = file;
    return new ChmrOptions(model, more, rows, threads, trust);
  }

  /**
   * So many rows at a time, which a task holds in memory.
   *
   * @param rows at least 1
   * @return such options
   */
  public ChmrOptions withBatchRows(int rows) {
    if (rows < 1) throw new IllegalArgumentException(rows + " rows at a time; expected at least 1");
    return new ChmrOptions(model, libraries, rows, threads, trust);
  }

  /**
   * So many threads a task. More than one only where a task has as many cores ({@code spark.task.cpus}).
   *
   * @param threads at least 1
   * @return such options
   */
  public ChmrOptions withThreads(int threads) {
    if (threads < 1) throw new IllegalArgumentException(threads + " threads; expected at least 1");
    return new ChmrOptions(model, libraries, rows, threads, trust);
  }

  /**
   * With what a prediction is worth, in further columns of {@link Chmr#predict}.
   *
   * @param coverage the share of measurements that intervals hold, one that the model has intervals for, such as 0.9
   * @return such options
   */
  public ChmrOptions withTrust(double coverage) {
    if (!(coverage > 0 && coverage < 1)) {
      throw new IllegalArgumentException("a coverage of " + coverage + "; expected a share between 0 and 1");
    }
    return new ChmrOptions(model, libraries, rows, threads, coverage);
  }
}
