package org.chmr;

/**
 * The native methods, all of them. Numbers of type {@code long} are handles: callers keep them alive by {@link Handle}.
 */
final class Native {
  static {
    NativeLoader.load();
  }

  private Native() {}

  static native String version();

  static native long openDefault() throws ChmrException;

  static native long openPath(byte[] utf8) throws ChmrException;

  static native long openBytes(byte[] file) throws ChmrException;

  static native void freeModel(long model);

  static native String[] identity(long model) throws ChmrException;

  static native String[] tasks(long model) throws ChmrException;

  static native long newRun() throws ChmrException;

  static native void cancel(long run);

  static native void freeRun(long run);

  static native void predict(
      long model, byte[] text, int[] ends, byte[] kinds, int[] tasks, int threads, long run, Progress progress,
      float[] values, int[] status, String[] reasons)
      throws ChmrException;

  static native void predictOne(long model, byte[] smiles, int[] tasks, float[] values) throws ChmrException;
}
