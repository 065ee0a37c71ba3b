import org.chmr.*;

/** Predicts the SMILES given as arguments. */
public class Predict {
  public static void main(String[] args) throws ChmrException {
    try (Model model = Model.openDefault()) {
      Task task = model.task("bbbp/p_np"); // probability of crossing the blood-brain barrier
      MoleculeBatch batch = new MoleculeBatch();
      for (String smiles : args) batch.addSmiles(smiles);
      Prediction p = model.predict(batch, PredictOptions.DEFAULT.withTasks(task.index()));
      for (int row = 0; row < p.rowCount(); row++) {
        if (p.status(row) == Status.OK) System.out.printf("%s %s %.3f%n", args[row], task, p.value(row, 0));
        else System.out.printf("%s %s%n", args[row], p.reason(row).orElse(""));
      }
    }
  }
}
