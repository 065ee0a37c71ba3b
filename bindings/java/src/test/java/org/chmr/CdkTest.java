package org.chmr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.openscience.cdk.interfaces.IAtomContainer;
import org.openscience.cdk.io.MDLV2000Writer;
import org.openscience.cdk.silent.SilentChemObjectBuilder;
import org.openscience.cdk.smiles.SmilesParser;

/** A molecule of CDK, handed over as a molblock. */
class CdkTest {
  @Test
  void anAtomContainerIsPredicted() throws Exception {
    SmilesParser parser = new SmilesParser(SilentChemObjectBuilder.getInstance());
    parser.kekulise(true);
    MoleculeBatch batch = new MoleculeBatch();
    String[] smiles = {"CCO", ModelTest.ASPIRIN, "Cn1cnc2c1c(=O)n(C)c(=O)n2C"};
    for (String s : smiles) batch.addMolblock(molblock(parser.parseSmiles(s)));
    try (Model model = Model.openDefault()) {
      int task = model.task("bbbp/p_np").index();
      Prediction p = model.predict(batch, PredictOptions.DEFAULT.withTasks(task));
      for (int row = 0; row < smiles.length; row++) {
        assertEquals(Status.OK, p.status(row), p.reason(row).orElse(""));
        // Another order of atoms changes sums of descriptors in their last digits, no more.
        assertEquals(model.predictOne(smiles[row], task)[0], p.value(row, 0), 1e-5f);
      }
    }
  }

  static String molblock(IAtomContainer molecule) throws Exception {
    StringWriter text = new StringWriter();
    try (MDLV2000Writer writer = new MDLV2000Writer(text)) {
      writer.getSetting("writeAromaticBondTypes");
      writer.write(molecule);
    }
    return text.toString();
  }
}
