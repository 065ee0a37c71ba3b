package org.chmr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColumnScorerTest {
  @Test
  void scoresAColumnInOrder() throws Exception {
    List<Object> keys = new ArrayList<>();
    List<Float> values = new ArrayList<>();
    List<String> refusals = new ArrayList<>();
    int rows = 2 * ColumnScorer.ROWS + 7;
    try (Model model = Model.openDefault();
        ColumnScorer scorer = new ColumnScorer(model, List.of("bbbp/p_np"), 0, (key, v, refusal) -> {
          keys.add(key);
          values.add(v[0]);
          refusals.add(refusal);
        })) {
      assertEquals(List.of("bbbp/p_np"), scorer.columns());
      List<Long> told = new ArrayList<>();
      scorer.watch((done, total) -> total == rows && told.add(done), rows);
      for (int i = 0; i < rows; i++) {
        scorer.add(i, i == 3 ? null : i == 4 ? "\ud800" : i == 5 ? "C(C" : "C".repeat(i % 20 + 1));
      }
      assertEquals(2 * ColumnScorer.ROWS, keys.size());
      scorer.flush();
      assertEquals(rows, keys.size());
      assertEquals(rows, told.get(told.size() - 1));
      for (int i = 0; i < rows; i++) {
        assertEquals(i, keys.get(i));
        if (i >= 3 && i <= 5) {
          assertNotNull(refusals.get(i));
          assertTrue(values.get(i).isNaN());
        } else {
          assertNull(refusals.get(i));
        }
      }
      assertEquals(model.predictOne("CCC", model.task("bbbp/p_np").index())[0], values.get(2));
      scorer.cancel();
      scorer.add("late", "C");
      ChmrException e = assertThrows(ChmrException.class, scorer::flush);
      assertEquals(Status.CANCELLED, e.getStatus());
      assertThrows(ChmrException.class, () -> new ColumnScorer(model, List.of("no/such"), 0, (k, v, r) -> {}));
    }
  }
}
