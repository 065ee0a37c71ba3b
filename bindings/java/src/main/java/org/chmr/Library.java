package org.chmr;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Known molecules with their fingerprints and observed profiles: what imputation and the search for neighbours draw on.
 * Immutable, and free to be used by any number of threads. A model that was given one keeps its own copy.
 */
public final class Library implements AutoCloseable {
  private final Handle handle;
  private final int size;
  private final List<Modality> modalities;

  private Library(long pointer) throws ChmrException {
    this.handle = new Handle(this, "the library", pointer, Native::freeLibrary);
    String[] told = Native.libraryContent(pointer);
    this.size = Integer.parseInt(told[0]);
    this.modalities = Modality.read(told);
  }

  /**
   * Opens a library file, as {@link #save} and {@code chmr library build} write it. It is not needed afterwards.
   *
   * @param path the file
   * @return the library
   * @throws ChmrException as {@link Model#open(Path)}
   */
  public static Library open(Path path) throws ChmrException {
    byte[] utf8 = utf8(path);
    return new Library(Model.library(() -> Native.openLibrary(utf8)));
  }

  /**
   * Molecules alone, to be found by {@link Model#neighbors}.
   *
   * @param molecules none of them bad
   * @param ids a name for each, unique: what results refer to
   * @return the library
   * @throws ChmrException {@link Status#INVALID_ARGUMENT}, or what is wrong with a molecule
   */
  public static Library of(MoleculeBatch molecules, List<String> ids) throws ChmrException {
    Model.checked(molecules, "molecules");
    byte[] names = lines(ids, "ids", "an id");
    MoleculeBatch.Packed rows = molecules.packed();
    return new Library(
        Model.library(() -> Native.moleculesLibrary(rows.text, rows.ends, rows.kinds, names)));
  }

  /**
   * Molecules and what was observed of them: {@link #of}, then {@link #with}.
   *
   * @param molecules none of them bad
   * @param ids a name for each, unique: what results refer to
   * @param modality such as {@code expression}; letters, digits and {@code _}
   * @param features names of the columns, unique
   * @param values molecules × features, row by row, in the modality's own unit; a row of NaN where nothing was observed
   * @param options how profiles count
   * @return the library
   * @throws ChmrException as the two
   */
  public static Library build(
      MoleculeBatch molecules, List<String> ids, String modality, List<String> features, float[] values,
      LibraryOptions options)
      throws ChmrException {
    try (Library plain = of(molecules, ids)) {
      return plain.with(modality, features, values, options);
    }
  }

  /**
   * This library and a further modality of its molecules.
   *
   * @param modality such as {@code morphology}; letters, digits and {@code _}
   * @param features names of the columns, unique
   * @param values molecules × features, row by row, in the modality's own unit; a row of NaN where nothing was observed
   * @param options how profiles count
   * @return a library of its own
   * @throws ChmrException {@link Status#INVALID_ARGUMENT} for a name, a number of values or a value that does not fit
   */
  public Library with(String modality, List<String> features, float[] values, LibraryOptions options)
      throws ChmrException {
    Model.checked(values, "values");
    Model.checked(options, "options");
    byte[] name = MoleculeBatch.utf8(modality, "modality");
    byte[] columns = lines(features, "features", "a feature");
    long library = handle.acquire();
    try {
      return new Library(
          Native.withProfiles(
              library, name, columns, values, options.asinh, options.power, options.noise, options.balance));
    } finally {
      handle.release();
    }
  }

  /**
   * This library, told how strongly compounds act in the assay that a modality is measured by, such as how many genes they move:
   * known of many more compounds than whole profiles are. A compound is known by its fingerprint; what was known before is
   * replaced.
   *
   * @param modality one of the library, such as {@code expression}
   * @param compounds any molecules; bad ones are left out
   * @param names what the numbers are called, at most 64
   * @param values compounds × names, row by row, NaN where nothing was measured: logarithms of counts, as they are brought
   *     to one variance and nothing else is done to them
   * @param weight what a compound of the same activity, one standard deviation off the mean, counts beside the 1 of the same
   *     structure, 0 to 10; 0.3 suits most
   * @return a library of its own
   * @throws ChmrException {@link Status#INVALID_ARGUMENT} for an unknown modality, counts that do not fit, a value or weight,
   *     {@link Status#LIMIT}
   */
  public Library withActivity(
      String modality, MoleculeBatch compounds, List<String> names, float[] values, float weight) throws ChmrException {
    Model.checked(values, "values");
    Model.checked(compounds, "compounds");
    byte[] name = MoleculeBatch.utf8(modality, "modality");
    byte[] columns = lines(names, "names", "a name");
    MoleculeBatch.Packed rows = compounds.packed();
    long library = handle.acquire();
    try {
      return new Library(
          Native.withActivity(library, name, rows.text, rows.ends, rows.kinds, columns, values, weight));
    } finally {
      handle.release();
    }
  }

  /**
   * Writes the library to a file that {@link #open} opens. Profiles are kept as 16-bit floats: values change by at most
   * 1/2048 of themselves on the scale.
   *
   * @param path replaced, if it is there, once the new file is complete
   * @throws ChmrException {@link Status#MODEL_IO}, {@link Status#LIMIT}, {@link Status#INVALID_ARGUMENT}
   */
  public void save(Path path) throws ChmrException {
    byte[] utf8 = utf8(path);
    long library = handle.acquire();
    try {
      Native.saveLibrary(library, utf8);
    } finally {
      handle.release();
    }
  }

  /**
   * How many molecules there are.
   *
   * @return with and without profiles
   */
  public int size() {
    return size;
  }

  /**
   * What was observed.
   *
   * @return the modalities
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

  Handle handle() {
    return handle;
  }

  @Override
  public void close() {
    handle.close();
  }

  static byte[] utf8(Path path) throws ChmrException {
    Model.checked(path, "path");
    return MoleculeBatch.utf8(path.toString(), "path");
  }

  /** A name a line, of the argument {@code list}; {@code what} each is. */
  static byte[] lines(List<String> names, String list, String what) throws ChmrException {
    Model.checked(names, list);
    StringBuilder lines = new StringBuilder();
    for (String name : names) {
      if (name == null || name.isEmpty() || name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0) {
        throw new ChmrException(Status.INVALID_ARGUMENT, what + " is null, empty or more than a line");
      }
      lines.append(name).append('\n');
    }
    return MoleculeBatch.utf8(lines.toString(), what);
  }
}
