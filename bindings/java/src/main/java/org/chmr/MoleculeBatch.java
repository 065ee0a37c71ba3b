package org.chmr;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;

/**
 * Molecules to predict, in order. They are read when the batch is predicted: text that is no molecule is added like any
 * other, and its row says why there. Not for several threads at once while it is being filled. Plain Java memory; closing
 * it is not needed.
 */
public final class MoleculeBatch implements AutoCloseable {
  private static final byte SMILES = 0;
  private static final byte MOLBLOCK = 1;

  private byte[] text = new byte[256];
  private int[] ends = new int[16];
  private byte[] kinds = new byte[16];
  private int rows;

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
   * Adds a V2000 or V3000 molblock, such as an {@code IAtomContainer} of CDK is written to.
   *
   * @param molblock the molecule
   * @return the row's index
   * @throws ChmrException as {@link #addSmiles}
   */
  public int addMolblock(String molblock) throws ChmrException {
    return add(utf8(molblock, "molblock"), MOLBLOCK);
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
  }

  /** Lets go of the rows; the batch takes no others. */
  @Override
  public void close() {
    rows = 0;
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
    if (text == null) throw new ChmrException(Status.INVALID_ARGUMENT, what + " is null");
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
