package org.chmr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ModelTest {
  static final String ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O";
  static final String ETHANOL_MOLBLOCK =
      "ethanol\n\n\n  3  2  0  0  0  0            999 V2000\n"
          + "    0.0000    0.0000    0.0000 C   0  0\n"
          + "    1.5000    0.0000    0.0000 C   0  0\n"
          + "    2.0000    1.4000    0.0000 O   0  0\n"
          + "  1  2  1  0\n  2  3  1  0\nM  END\n";

  static Model model;

  @BeforeAll
  static void open() throws ChmrException {
    model = Model.openDefault();
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void saysWhatItIs() throws Exception {
    assertEquals(743, model.tasks().size());
    assertEquals(64, model.identity().sha256().length());
    Task task = model.task("bbbp/p_np");
    assertEquals(Task.Kind.CLASSIFICATION, task.kind());
    assertEquals(task, model.tasks().get(task.index()));
    Task logHlm = model.tasks().stream().filter(t -> t.dataset().equals("biogen")).findFirst().orElseThrow();
    assertEquals(Task.Kind.REGRESSION, logHlm.kind());
    assertTrue(logHlm.unit().isPresent());
    assertEquals(Status.NOT_FOUND, assertThrows(ChmrException.class, () -> model.task("no/such")).getStatus());
  }

  @Test
  void versionsAgree() throws Exception {
    String cargo = Files.readString(root().resolve("Cargo.toml"));
    assertTrue(cargo.contains("version = \"" + Model.libraryVersion() + "\""));
    String pom = Files.readString(root().resolve("bindings/java/pom.xml"));
    assertTrue(pom.contains("<version>" + Model.libraryVersion() + "</version>"));
  }

  @Test
  void statusesAreThoseOfTheHeader() throws Exception {
    String header = Files.readString(root().resolve("include/chmr.h"));
    Matcher constant = Pattern.compile("CHMR_STATUS_(MOLECULE|MODEL)_([A-Z_]+) = (\\d+)").matcher(header);
    int found = 0;
    for (; constant.find(); found++) {
      assertEquals(constant.group(1) + "_" + constant.group(2), Status.of(Integer.parseInt(constant.group(3))).name());
    }
    assertTrue(found >= 13, found + " constants");
  }

  @Test
  void badRowsKeepTheirPlace() throws Exception {
    MoleculeBatch batch = MoleculeBatch.ofSmiles(List.of(ASPIRIN, "C(C", "", "CO"));
    batch.addMolblock(ETHANOL_MOLBLOCK);
    batch.addSmiles("CCO");
    Prediction p = model.predict(batch);
    assertEquals(6, p.rowCount());
    assertEquals(List.of(Status.OK, Status.MOLECULE_SYNTAX, Status.MOLECULE_EMPTY, Status.OK, Status.OK, Status.OK),
        List.of(p.status(0), p.status(1), p.status(2), p.status(3), p.status(4), p.status(5)));
    assertTrue(p.reason(1).orElseThrow().length() > 5);
    assertFalse(p.reason(0).isPresent());
    for (int t = 0; t < p.tasks().size(); t++) {
      assertTrue(Float.isNaN(p.value(1, t)));
      // The molblock and the SMILES are the same molecule.
      assertEquals(p.value(5, t), p.value(4, t));
    }
    assertEquals(model.identity(), p.model());
    assertThrows(IndexOutOfBoundsException.class, () -> p.value(6, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> p.value(0, 743));
    assertEquals(0, model.predict(new MoleculeBatch()).rowCount());
  }

  @Test
  void theBufferHoldsTheValues() throws Exception {
    MoleculeBatch batch = MoleculeBatch.ofSmiles(List.of(ASPIRIN, "C(C", "CO"));
    Prediction p = model.predict(batch, PredictOptions.DEFAULT.withTasks(3, 500));
    FloatBuffer buffer = p.buffer();
    assertTrue(buffer.isDirect() && buffer.isReadOnly());
    assertEquals(ByteOrder.nativeOrder(), buffer.order());
    assertThrows(ReadOnlyBufferException.class, () -> buffer.put(0, 1));
    float[] held = new float[buffer.remaining()];
    buffer.get(held);
    assertArrayEquals(p.values(), held);
    assertEquals(6, p.buffer().remaining()); // each caller has a position of its own
    p.close();
    assertThrows(IllegalStateException.class, p::buffer);
    assertEquals(held[5], buffer.get(5)); // good after closing
    assertEquals(0, model.predict(new MoleculeBatch(), PredictOptions.DEFAULT).buffer().remaining());
  }

  @Test
  void oneMoleculeGivesWhatABatchGives() throws Exception {
    int[] tasks = {model.task("bbbp/p_np").index(), 3, 500};
    Prediction p = model.predict(MoleculeBatch.ofSmiles(List.of("C", ASPIRIN)), PredictOptions.DEFAULT.withTasks(tasks));
    float[] one = model.predictOne(ASPIRIN, tasks);
    assertArrayEquals(new float[] {p.value(1, 0), p.value(1, 1), p.value(1, 2)}, one);
    assertEquals(743, model.predictOne(ASPIRIN).length);
    ChmrException e = assertThrows(ChmrException.class, () -> model.predictOne("C(C", tasks));
    assertEquals(Status.MOLECULE_SYNTAX, e.getStatus());
  }

  @Test
  void theCommandLineSaysTheSame() throws Exception {
    Path program = root().resolve("target/release/chmr");
    assumeTrue(Files.isExecutable(program), program + " is not built");
    Path input = root().resolve("examples/drugs.smi");
    Process process = new ProcessBuilder(program.toString(), "predict", "--tasks", "biogen/*", "--format", "jsonl", input.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    List<String> smiles = new ArrayList<>();
    for (String line : Files.readAllLines(input)) smiles.add(line.split("\\s")[0]);
    int[] tasks = model.tasks().stream().filter(t -> t.dataset().equals("biogen")).mapToInt(Task::index).toArray();
    Prediction p = model.predict(MoleculeBatch.ofSmiles(smiles), PredictOptions.DEFAULT.withTasks(tasks));
    String[] lines = out.strip().split("\n");
    assertEquals(smiles.size(), lines.length);
    for (int row = 0; row < lines.length; row++) {
      for (int t = 0; t < tasks.length; t++) {
        String name = "\"" + p.tasks().get(t).name() + "\":";
        int at = lines[row].indexOf(name);
        assertTrue(at >= 0, lines[row]);
        String number = lines[row].substring(at + name.length()).strip().split("[,}]")[0];
        assertEquals(Float.parseFloat(number), p.value(row, t), name);
      }
    }
  }

  @Test
  void progressIsToldOnTheCallingThread() throws Exception {
    Thread caller = Thread.currentThread();
    AtomicLong last = new AtomicLong(-1);
    Progress progress = (done, total) -> {
      assertEquals(caller, Thread.currentThread());
      assertEquals(300, total);
      assertTrue(done >= last.getAndSet(done));
      return true;
    };
    model.predict(many(300), PredictOptions.DEFAULT.withTasks(0).withThreads(2).withProgress(progress));
    assertEquals(300, last.get());
  }

  @Test
  void whatAListenerThrowsReachesTheCaller() throws Exception {
    Progress progress = (done, total) -> {
      throw new IllegalStateException("enough");
    };
    PredictOptions options = PredictOptions.DEFAULT.withTasks(0).withProgress(progress);
    assertEquals("enough", assertThrows(IllegalStateException.class, () -> model.predict(many(300), options)).getMessage());
    // The model is none the worse.
    assertEquals(Status.OK, model.predict(many(1)).status(0));
  }

  @Test
  void aRunIsCancelledByItsListenerAndFromAnotherThread() throws Exception {
    PredictOptions stopped = PredictOptions.DEFAULT.withTasks(0).withProgress((done, total) -> false);
    assertEquals(Status.CANCELLED,
        assertThrows(ChmrException.class, () -> model.predict(many(300), stopped)).getStatus());
    try (Run run = new Run()) {
      Thread other = new Thread(run::cancel);
      PredictOptions options = PredictOptions.DEFAULT.withRun(run).withThreads(1).withProgress((done, total) -> {
        if (other.getState() == Thread.State.NEW) other.start();
        return true;
      });
      ChmrException e = assertThrows(ChmrException.class, () -> model.predict(many(20_000), options));
      assertEquals(Status.CANCELLED, e.getStatus());
      other.join();
    }
  }

  static MoleculeBatch many(int rows) throws ChmrException {
    MoleculeBatch batch = new MoleculeBatch();
    for (int i = 0; i < rows; i++) batch.addSmiles("C".repeat(i % 30 + 1) + "O");
    return batch;
  }

  static Path root() {
    return Paths.get(System.getProperty("chmr.root", "../.."));
  }
}
