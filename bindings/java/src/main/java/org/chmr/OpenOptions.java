package org.chmr;

/**
 * What one model file may cost, so that one from a stranger takes no more than its reader allows. The defaults leave room for
 * models more than ten times as large as the embedded one; a file beyond a bound is refused with {@link Status#LIMIT}, which names
 * it. Immutable; a method gives new options.
 */
public final class OpenOptions {
  /** The default bounds. */
  public static final OpenOptions DEFAULT = new OpenOptions(new long[11]);

  /** In the order of {@code chmr_open_options}; 0 for the default. */
  final long[] bounds;

  private OpenOptions(long[] bounds) {
    this.bounds = bounds;
  }

  private OpenOptions with(int place, String name, long most) {
    if (most < 0) throw new IllegalArgumentException(name + " is " + most + "; expected at least 0");
    long[] changed = bounds.clone();
    changed[place] = most;
    return new OpenOptions(changed);
  }

  /**
   * Bytes of all entries unpacked, each counted once however often it is named.
   *
   * @param unpackedBytes the most; 0 for the default, 2 GiB
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withUnpackedBytes(long unpackedBytes) {
    return with(0, "unpackedBytes", unpackedBytes);
  }

  /**
   * ONNX nodes of all networks, each entry counted once.
   *
   * @param nodes the most; 0 for the default, 2,048
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withNodes(long nodes) {
    return with(1, "nodes", nodes);
  }

  /**
   * Rewrites that planning one network may take.
   *
   * @param planSteps the most; 0 for the default, 16,384
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withPlanSteps(long planSteps) {
    return with(2, "planSteps", planSteps);
  }

  /**
   * Values of the weights of one network.
   *
   * @param networkWeights the most; 0 for the default, 32 Mi
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withNetworkWeights(long networkWeights) {
    return with(3, "networkWeights", networkWeights);
  }

  /**
   * Multiply-adds that one molecule takes in all networks together, each counted as often as it is named.
   *
   * @param rowWork the most; 0 for the default, 2<sup>30</sup>
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withRowWork(long rowWork) {
    return with(4, "rowWork", rowWork);
  }

  /**
   * Members of all networks together.
   *
   * @param members the most; 0 for the default, 4,096
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withMembers(long members) {
    return with(5, "members", members);
  }

  /**
   * Stages.
   *
   * @param stages the most; 0 for the default, 64
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withStages(long stages) {
    return with(6, "stages", stages);
  }

  /**
   * Tasks.
   *
   * @param tasks the most; 0 for the default, 100,000
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withTasks(long tasks) {
    return with(7, "tasks", tasks);
  }

  /**
   * Modalities of the reference library.
   *
   * @param modalities the most; 0 for the default, 64
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withModalities(long modalities) {
    return with(8, "modalities", modalities);
  }

  /**
   * Observed values of one modality, profiles times features.
   *
   * @param profileValues the most; 0 for the default, 64 Mi
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withProfileValues(long profileValues) {
    return with(9, "profileValues", profileValues);
  }

  /**
   * Multiply-adds of fitting one modality's imputation, m·m·(m + d) for m profiles of d features; {@link Model#impute} refuses
   * a modality beyond it.
   *
   * @param fitWork the most; 0 for the default, 20·10<sup>9</sup>
   * @return such options
   * @throws IllegalArgumentException for a negative number
   */
  public OpenOptions withFitWork(long fitWork) {
    return with(10, "fitWork", fitWork);
  }
}
