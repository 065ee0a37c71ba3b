package org.chmr;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Rows × columns of floats that stay in native memory, of which Java sees a buffer. */
final class Matrix {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Handle handle;
  private final int index;
  private final int columns;
  /** Only read while the handle is acquired. */
  private final FloatBuffer own;

  /**
   * @param handle on matrices of the native half
   * @param index which of them
   */
  Matrix(Handle handle, int index, int columns) throws ChmrException {
    this.handle = handle;
    this.index = index;
    this.columns = columns;
    long matrices = handle.acquire();
    try {
      this.own = floats(Native.matrix(matrices, index));
    } finally {
      handle.release();
    }
  }

  /**
   * All of it, not copied. The memory is kept as long as this buffer or a view of it is reachable, whoever closes the
   * result meanwhile: reading it never fails.
   */
  FloatBuffer buffer() {
    long matrices = acquire();
    ByteBuffer bytes;
    try {
      bytes = Native.matrix(matrices, index);
    } catch (ChmrException e) {
      handle.release();
      throw new IllegalStateException(e);
    }
    // Views of a direct buffer refer to the buffer that they were made of, so this one dies last.
    CLEANER.register(bytes, handle::release);
    return floats(bytes);
  }

  float value(int row, int column) {
    if (column < 0 || column >= columns) throw new IndexOutOfBoundsException("column " + column);
    acquire();
    try {
      return own.get(row * columns + column);
    } finally {
      handle.release();
    }
  }

  /** A copy of a row. */
  float[] row(int row) {
    float[] out = new float[columns];
    acquire();
    try {
      FloatBuffer view = own.duplicate();
      view.position(row * columns);
      view.get(out);
      return out;
    } finally {
      handle.release();
    }
  }

  /** Most values that a buffer can have; beyond, smaller batches are wanted. */
  static void check(int rows, long columns) throws ChmrException {
    if (rows * columns > Integer.MAX_VALUE / Float.BYTES) {
      throw new ChmrException(
          Status.LIMIT, rows + " rows of " + columns + " values are too many for a buffer; use smaller batches");
    }
  }

  private static FloatBuffer floats(ByteBuffer bytes) {
    return bytes.asReadOnlyBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private long acquire() {
    try {
      return handle.acquire();
    } catch (ChmrException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }
}
