package org.chmr;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Molecules to predict, in order. They are read when the batch is predicted: text that is no molecule is added like any
 * other, and its row says why there. Not for several threads at once while it is being filled. Plain Java memory; closing
 * it is not needed.
 */
public final class MoleculeBatch implements AutoCloseable {
  private static final byte SMILES = 0;
  private static final byte MOLBLOCK = 1;
  /** A record that could not be kept: its text is the reason. */
  private static final byte REFUSED = 2;
  private static final Map.Entry<String, List<Map.Entry<String, String>>> NO_LABEL = Map.entry("", List.of());

  private byte[] text = new byte[256];
  private int[] ends = new int[16];
  private byte[] kinds = new byte[16];
  private int rows;
  /** Title and fields of the rows that have some. */
  private final Map<Integer, Map.Entry<String, List<Map.Entry<String, String>>>> labels = new HashMap<>();

  /** No molecules. */
  public MoleculeBatch() {}

  /**
   * A batch of these SMILES.
   *
   * @param smiles a row each
   * @return the batch
   * @throws ChmrException as {@link #addSmiles}
   */
  public static MoleculeBatch ofSmiles(Collection<String> smiles) throws ChmrException {
    Model.checked(smiles, "smiles");
    MoleculeBatch batch = new MoleculeBatch();
    for (String s : smiles) batch.addSmiles(s);
    return batch;
  }

  /**
   * Adds a SMILES, without a name behind it.
   *
   * @param smiles the molecule
   * @return the row's index
   * @throws ChmrException {@link Status#INVALID_ARGUMENT} for null, {@link Status#INVALID_TEXT} for half a surrogate
   *     pair, {@link Status#LIMIT} beyond 2 GiB of text, {@link Status#CLOSED}; nothing is added then
   */
  public int addSmiles(String smiles) throws ChmrException {
    return add(utf8(smiles, "SMILES"), SMILES);
  }

  /**
   * Adds a V2000 or V3000 molblock, such as an {@code IAtomContainer} of CDK is written to. A second record behind it makes
   * it a refused row: {@link #addSdf} adds several.
   *
   * @param molblock the molecule
   * @return the row's index
   * @throws ChmrException as {@link #addSmiles}
   */
  public int addMolblock(String molblock) throws ChmrException {
    return add(utf8(molblock, "molblock"), MOLBLOCK);
  }

  /**
   * Adds every record of an SD file, a row each, with its {@link #title} and {@link #fields}. A bad record is a refused row.
   *
   * @param sdf the file's text; the last record may lack its {@code $$$$}
   * @return how many rows were added
   * @throws ChmrException as {@link #addSmiles}; {@link Status#NO_LIBRARY}
   */
  public int addSdf(String sdf) throws ChmrException {
    byte[] utf8 = utf8(sdf, "SDF");
    checkOpen();
    String[] told = Model.library(() -> Native.readSdf(utf8));
    int before = rows;
    try {
      for (int at = 0; at < told.length; ) {
        byte kind = told[at].equals("refused") ? REFUSED : MOLBLOCK;
        int row = add(utf8(told[at + 1], "SDF"), kind);
        String title = told[at + 2];
        int count = Integer.parseInt(told[at + 3]);
        at += 4;
        List<Map.Entry<String, String>> fields = new ArrayList<>(count);
        for (int i = 0; i < count; i++, at += 2) fields.add(Map.entry(told[at], told[at + 1]));
        labels.put(row, Map.entry(title, Collections.unmodifiableList(fields)));
      }
    } catch (ChmrException e) {
      while (rows > before) labels.remove(--rows);
      throw e;
    }
    return rows - before;
  }

  /**
   * What the file calls a row: the first line of an SD record.
   *
   * @param row below {@link #size()}
   * @return empty where there is none
   */
  public String title(int row) {
    return label(row).getKey();
  }

  /**
   * The data fields of an SD record, name and value, in the file's order; a name may come twice.
   *
   * @param row below {@link #size()}
   * @return none for other rows; the lines of a value have line feeds between them
   */
  public List<Map.Entry<String, String>> fields(int row) {
    return label(row).getValue();
  }

  private Map.Entry<String, List<Map.Entry<String, String>>> label(int row) {
    if (row < 0 || row >= rows) throw new IndexOutOfBoundsException("row " + row + " of " + rows);
    return labels.getOrDefault(row, NO_LABEL);
  }

  /**
   * Number of rows.
   *
   * @return bad ones included
   */
  public int size() {
    return rows;
  }

  /** Takes all rows away and keeps the memory for the next ones. */
  public void clear() {
    rows = 0;
    labels.clear();
  }

  /** Lets go of the rows; the batch takes no others. */
  @Override
  public void close() {
    rows = 0;
    labels.clear();
    text = null;
  }

  /** A copy of the rows, as the native half takes them. */
  static final class Packed {
    final byte[] text;
    final int[] ends;
    final byte[] kinds;

    Packed(byte[] text, int[] ends, byte[] kinds) {
      this.text = text;
      this.ends = ends;
      this.kinds = kinds;
    }

    int count() {
      return kinds.length;
    }
  }

  Packed packed() throws ChmrException {
    checkOpen();
    return new Packed(
        Arrays.copyOf(text, rows == 0 ? 0 : ends[rows - 1]), Arrays.copyOf(ends, rows), Arrays.copyOf(kinds, rows));
  }

  private void checkOpen() throws ChmrException {
    if (text == null) throw new ChmrException(Status.CLOSED, "the batch was closed");
  }

  private int add(byte[] row, byte kind) throws ChmrException {
    checkOpen();
    int start = rows == 0 ? 0 : ends[rows - 1];
    // A little below the longest array that virtual machines make.
    if (row.length > Integer.MAX_VALUE - 64 - start) {
      throw new ChmrException(Status.LIMIT, "the batch has more than 2 GiB of text; use smaller batches");
    }
    int end = start + row.length;
    if (end > text.length) text = Arrays.copyOf(text, grown(text.length, end));
    if (rows == ends.length) {
      ends = Arrays.copyOf(ends, grown(rows, rows + 1));
      kinds = Arrays.copyOf(kinds, ends.length);
    }
    System.arraycopy(row, 0, text, start, row.length);
    ends[rows] = end;
    kinds[rows] = kind;
    return rows++;
  }

  private static int grown(int from, int least) {
    return (int) Math.max(least, Math.min(2L * from, Integer.MAX_VALUE - 64));
  }

  /** {@code getBytes} would put a question mark for what is not well-formed, and so hide it. */
  static byte[] utf8(String text, String what) throws ChmrException {
    Model.checked(text, what);
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) return strictUtf8(text, what);
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] strictUtf8(String text, String what) throws ChmrException {
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] out = new byte[bytes.remaining()];
      bytes.get(out);
      return out;
    } catch (CharacterCodingException e) {
      throw new ChmrException(Status.INVALID_TEXT, what + " holds half a surrogate pair");
    }
  }
}
