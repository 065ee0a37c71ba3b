package org.chmr.spark;

import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkFiles;
import org.chmr.ChmrException;
import org.chmr.Library;
import org.chmr.Model;

/** One model for each choice of files in a Java virtual machine, opened when first wanted and kept until it ends. */
final class Models {
  private static final Map<List<String>, Model> OPENED = new HashMap<>();

  private Models() {}

  /** What a task carries instead of a model. */
  static final class Reference implements Serializable {
    private static final long serialVersionUID = 1L;

    private final ChmrOptions options;
    private final String sha256;

    /** A reference to the model as the driver has it. */
    Reference(ChmrOptions options) {
      this.options = options;
      this.sha256 = Models.open(options).identity().sha256();
    }

    /** The model, which must be the one that the driver has. */
    Model open() {
      Model model = Models.open(options);
      String here = model.identity().sha256();
      if (!here.equals(sha256)) {
        throw new IllegalStateException(
            "this worker's model " + (options.model == null ? "(the embedded one)" : options.model) + " is " + here
                + ", the driver's is " + sha256 + "; install the same on every machine");
      }
      return model;
    }
  }

  static Model open(ChmrOptions options) {
    List<String> key = new ArrayList<>();
    key.add(options.model);
    key.addAll(List.of(options.libraries));
    // Tasks that start together wait here for the one that opens.
    synchronized (OPENED) {
      Model model = OPENED.get(key);
      if (model == null) {
        try {
          model = fresh(options);
        } catch (ChmrException e) {
          throw new IllegalArgumentException(e.getMessage(), e);
        }
        OPENED.put(key, model);
      }
      return model;
    }
  }

  private static Model fresh(ChmrOptions options) throws ChmrException {
    Model model = options.model == null ? Model.openDefault() : Model.open(file(options.model));
    for (String path : options.libraries) {
      try (Model plain = model; Library library = Library.open(file(path))) {
        model = plain.withLibrary(library);
      }
    }
    return model;
  }

  /** The file of that path, or the one of that name that Spark has brought here. */
  private static Path file(String name) {
    Path own = Paths.get(name);
    if (Files.exists(own)) return own;
    try {
      Path brought = Paths.get(SparkFiles.get(name));
      if (Files.exists(brought)) return brought;
    } catch (RuntimeException noSpark) {
      // Outside of Spark only the path itself counts.
    }
    return own;
  }
}
