package org.chmr.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.chmr.ChmrException;
import org.chmr.Domain;
import org.chmr.Interval;
import org.chmr.Model;
import org.chmr.MoleculeBatch;
import org.chmr.PredictOptions;
import org.chmr.Prediction;
import org.chmr.Task;

/** The columns that tell what predictions are worth: an interval for each number, a domain for each data set. */
final class Worth implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final StructType INTERVAL =
      new StructType().add("lower", DataTypes.FloatType, false).add("upper", DataTypes.FloatType, false);
  private static final StructType DOMAIN =
      new StructType()
          .add("inside", DataTypes.BooleanType, false)
          .add("nearest", DataTypes.FloatType, false)
          .add("reason", DataTypes.StringType, true);

  private final int coverage;
  /** Columns of the prediction that are numbers. */
  private final List<Integer> numbers = new ArrayList<>();
  /** Data sets, and a column of each. */
  private final Map<String, Integer> datasets = new LinkedHashMap<>();

  /** Of {@code tasks}, with intervals of {@code wanted}. */
  Worth(Model model, List<Task> tasks, double wanted) {
    float[] coverages = coverages(model);
    int found = -1;
    List<String> known = new ArrayList<>();
    for (int c = 0; c < coverages.length; c++) {
      if (Math.abs(coverages[c] - wanted) < 1e-6) found = c;
      known.add(Float.toString(coverages[c]));
    }
    if (found < 0) {
      throw new IllegalArgumentException(
          "a coverage of " + wanted + "; the model has intervals for " + String.join(", ", known));
    }
    this.coverage = found;
    for (int column = 0; column < tasks.size(); column++) {
      Task task = tasks.get(column);
      if (task.kind() == Task.Kind.REGRESSION) numbers.add(column);
      datasets.putIfAbsent(task.dataset(), column);
    }
  }

  private static float[] coverages(Model model) {
    try {
      return model.predict(new MoleculeBatch(), PredictOptions.DEFAULT.withTrust(true)).coverages();
    } catch (ChmrException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** What they are called and made of. */
  List<Transform.Output> columns(List<Task> tasks) {
    List<Transform.Output> columns = new ArrayList<>();
    for (int column : numbers) {
      String name = tasks.get(column).name() + " interval";
      columns.add(Transform.Output.other(DataTypes.createStructField(name, INTERVAL, true)));
    }
    for (String dataset : datasets.keySet()) {
      columns.add(Transform.Output.other(DataTypes.createStructField(dataset + " domain", DOMAIN, true)));
    }
    return columns;
  }

  /** How many there are. */
  int count() {
    return numbers.size() + datasets.size();
  }

  /** Their values in a good row. */
  Object[] of(Prediction p, int row) {
    List<Row> values = new ArrayList<>();
    for (int column : numbers) {
      Optional<Interval> interval = p.interval(row, column, coverage);
      values.add(interval.map(i -> RowFactory.create(i.lower(), i.upper())).orElse(null));
    }
    for (int column : datasets.values()) {
      Optional<Domain> domain = p.domain(row, column);
      values.add(
          domain.map(d -> RowFactory.create(d.inside(), d.nearest(), d.reason().orElse(null))).orElse(null));
    }
    return values.toArray();
  }
}
