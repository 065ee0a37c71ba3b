package org.chmr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Null for any argument of any public method is an exception whose message names the argument. */
class NullsTest {
  /** Arguments for which null has a meaning. */
  private static final Set<String> MAY_BE_NULL =
      Set.of(
          "RunOptions.withProgress.progress", "RunOptions.withRun.run", "ColumnScorer.watch.progress",
          // No tasks are all of them; a row without a molecule is a refused row, and its key is the caller's affair.
          "Model.predictOne.tasks", "ColumnScorer.add.smiles", "ColumnScorer.add.key");

  @Test
  void everyArgument(@TempDir Path folder) throws Exception {
    List<String> wrong = new ArrayList<>();
    int tried = 0;
    MoleculeBatch batch = new MoleculeBatch();
    batch.addSmiles("CCO");
    try (Model model = Model.openDefault();
        Library library = Library.of(batch, List.of("ethanol"));
        ColumnScorer scorer = new ColumnScorer(model, List.of(), 1, (key, values, refusal) -> {})) {
      Path file = folder.resolve("table.fps");
      FingerprintTable.write(batch, List.of("ethanol"), file);
      try (FingerprintTable table = FingerprintTable.open(file)) {
        Map<Class<?>, Object> objects =
            Map.of(
                Model.class, model, Library.class, library, ColumnScorer.class, scorer, FingerprintTable.class, table,
                MoleculeBatch.class, batch, PredictOptions.class, PredictOptions.DEFAULT, ImputeOptions.class,
                ImputeOptions.DEFAULT, LibraryOptions.class, LibraryOptions.DEFAULT, OpenOptions.class,
                OpenOptions.DEFAULT, NeighborOptions.class, NeighborOptions.DEFAULT);
        for (Class<?> type : List.of(EncodeOptions.class, Run.class)) {
          assertEquals(0, Stream.of(type.getDeclaredMethods()).filter(NullsTest::takesObjects).count(), type.toString());
        }
        for (Map.Entry<Class<?>, Object> known : objects.entrySet()) {
          Stream<Executable> all =
              Stream.concat(
                  Stream.of(known.getKey().getMethods()), Stream.of((Executable[]) known.getKey().getConstructors()));
          for (Executable call : all.filter(NullsTest::takesObjects).toArray(Executable[]::new)) {
            for (int i = 0; i < call.getParameterCount(); i++) {
              if (call.getParameterTypes()[i].isPrimitive()) continue;
              tried++;
              String told = told(call, known.getValue(), i, objects, file);
              if (told != null) wrong.add(told);
            }
          }
        }
      }
    }
    assertTrue(tried > 40, "only " + tried + " arguments were tried");
    assertTrue(wrong.isEmpty(), String.join("\n", wrong));
  }

  private static boolean takesObjects(Executable call) {
    return Modifier.isPublic(call.getModifiers())
        && call.getDeclaringClass() != Object.class
        && !call.getName().equals("equals")
        && Stream.of(call.getParameterTypes()).anyMatch(type -> !type.isPrimitive());
  }

  /** What is wrong with how {@code call} takes null for its argument {@code at}; null if nothing. */
  private static String told(Executable call, Object object, int at, Map<Class<?>, Object> objects, Path file) {
    String type = call.getDeclaringClass().getSimpleName();
    String name = call.getParameters()[at].getName();
    String method = call instanceof Constructor ? "new" : call.getName();
    String where = type + "." + method + "." + name;
    if (MAY_BE_NULL.contains(where)) return null;
    Object[] arguments = new Object[call.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) arguments[i] = i == at ? null : some(call.getParameterTypes()[i], objects, file);
    try {
      if (call instanceof Method) ((Method) call).invoke(object, arguments);
      else ((Constructor<?>) call).newInstance(arguments);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      boolean kind =
          cause instanceof NullPointerException
              || cause instanceof IllegalArgumentException
              || cause instanceof ChmrException && ((ChmrException) cause).getStatus() == Status.INVALID_ARGUMENT;
      String message = String.valueOf(cause.getMessage());
      // The virtual machine's own words begin with "Cannot".
      boolean named = message.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + " is null");
      return kind && named ? null : where + ": " + cause;
    } catch (ReflectiveOperationException e) {
      return where + ": " + e;
    }
    return where + ": taken";
  }

  /** Some argument of that type. */
  private static Object some(Class<?> type, Map<Class<?>, Object> objects, Path file) {
    if (objects.containsKey(type)) return objects.get(type);
    if (type == String.class) return "C";
    if (type == Path.class) return file.resolveSibling("other");
    if (type == List.class || type == Collection.class) return List.of("one");
    if (type == int[].class) return new int[] {0};
    if (type == float[].class) return new float[] {0};
    if (type == byte[].class) return new byte[] {0};
    if (type == int.class) return 1;
    if (type == long.class) return 1L;
    if (type == float.class) return 1f;
    if (type == boolean.class) return true;
    if (type == EncodeOptions.class) return EncodeOptions.DEFAULT;
    if (type == ColumnScorer.Sink.class) return (ColumnScorer.Sink) (key, values, refusal) -> {};
    if (type == Object.class) return "key";
    throw new AssertionError("no argument of " + type + " is known");
  }
}
