package org.chmr;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A kind of read-out that a library holds profiles of, such as gene expression. */
public final class Modality {
  private final String name;
  private final int profiles;
  private final List<String> features;
  private final List<String> labels;

  private Modality(String name, int profiles, List<String> features, List<String> labels) {
    this.name = name;
    this.profiles = profiles;
    this.features = List.copyOf(features);
    this.labels = List.copyOf(labels);
  }

  /** Reads what the native half tells of a library, the number of molecules first. */
  static List<Modality> read(String[] told) {
    List<Modality> all = new ArrayList<>();
    for (int i = 1; i < told.length; ) {
      int from = i + 4;
      int middle = from + Integer.parseInt(told[i + 2]);
      int end = middle + Integer.parseInt(told[i + 3]);
      List<String> names = List.of(told);
      all.add(
          new Modality(
              told[i], Integer.parseInt(told[i + 1]), names.subList(from, middle), names.subList(middle, end)));
      i = end;
    }
    return Collections.unmodifiableList(all);
  }

  /** The one of that name. */
  static Modality find(List<Modality> all, String name) throws ChmrException {
    Model.checked(name, "name");
    for (Modality modality : all) {
      if (modality.name.equals(name)) return modality;
    }
    throw new ChmrException(Status.NOT_FOUND, "the library has no modality '" + name + "'; there are: " + all);
  }

  /**
   * Its name.
   *
   * @return such as {@code expression}
   */
  public String name() {
    return name;
  }

  /**
   * How many observed profiles there are.
   *
   * @return of as many molecules, or fewer
   */
  public int profileCount() {
    return profiles;
  }

  /**
   * Names of the features, a column each.
   *
   * @return such as Entrez gene ids; unique
   */
  public List<String> features() {
    return features;
  }

  /**
   * Second names of the features.
   *
   * @return such as gene symbols, as many as there are features; or none
   */
  public List<String> labels() {
    return labels;
  }

  @Override
  public String toString() {
    return name;
  }
}
