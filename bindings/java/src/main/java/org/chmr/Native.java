package org.chmr;

import java.nio.ByteBuffer;

/**
 * The native methods, all of them. Numbers of type {@code long} are handles: callers keep them alive by {@link Handle}.
 */
final class Native {
  static {
    NativeLoader.loadOnce();
  }

  private Native() {}

  static native String version();

  /** For each record: "molblock" or "refused"; its text, or the reason; title; number of fields; their names and values. */
  static native String[] readSdf(byte[] utf8) throws ChmrException;

  static native long openDefault() throws ChmrException;

  static native long openPath(byte[] utf8, long[] bounds) throws ChmrException;

  static native long openBytes(byte[] file, long[] bounds) throws ChmrException;

  static native void freeModel(long model);

  static native String[] identity(long model) throws ChmrException;

  static native String[] tasks(long model) throws ChmrException;

  static native long openLibrary(byte[] utf8) throws ChmrException;

  static native long moleculesLibrary(byte[] text, int[] ends, byte[] kinds, byte[] ids) throws ChmrException;

  static native long withProfiles(
      long library, byte[] modality, byte[] features, float[] values, boolean asinh, int power, float noise,
      float balance)
      throws ChmrException;

  static native long withActivity(
      long library, byte[] modality, byte[] text, int[] ends, byte[] kinds, byte[] names, float[] values, float weight)
      throws ChmrException;

  static native void saveLibrary(long library, byte[] utf8) throws ChmrException;

  static native void freeLibrary(long library);

  static native String[] libraryContent(long library) throws ChmrException;

  static native String[] modelLibrary(long model) throws ChmrException;

  static native long withLibrary(long model, long library) throws ChmrException;

  static native String[] hierarchy(long model) throws ChmrException;

  static native long newRun() throws ChmrException;

  static native void cancel(long run);

  static native void freeRun(long run);

  static native void predict(
      long model, byte[] text, int[] ends, byte[] kinds, int[] tasks, int threads, long run, Progress progress,
      float[] values, int[] status, String[] reasons, int[] flags, String[] notes, byte[] provisions, Object[] trust)
      throws ChmrException;

  static native void predictOne(long model, byte[] smiles, int[] tasks, float[] values) throws ChmrException;

  static native long impute(
      long model, byte[] text, int[] ends, byte[] kinds, byte[] modality, float[] observed, int neighbors, int steps,
      boolean structureOnly, int threads, long run, Progress progress, int[] status, String[] reasons, int[] counts,
      float[] shares, String[] ids, String[] smiles, float[] similarities)
      throws ChmrException;

  static native Object[] neighbors(
      long model, byte[] text, int[] ends, byte[] kinds, int k, float threshold, int threads, long run,
      Progress progress, int[] status, String[] reasons, int[] counts)
      throws ChmrException;

  static native long openTable(byte[] utf8) throws ChmrException;

  static native void writeTable(byte[] text, int[] ends, byte[] kinds, byte[] ids, byte[] utf8) throws ChmrException;

  static native void freeTable(long table);

  static native long tableSize(long table) throws ChmrException;

  static native int tableBits(long table) throws ChmrException;

  static native Object[] tableNeighbors(
      long table, byte[] text, int[] ends, byte[] kinds, int k, float threshold, int threads, long run,
      Progress progress, int[] status, String[] reasons, int[] counts)
      throws ChmrException;

  static native long encode(
      long model, byte[] text, int[] ends, byte[] kinds, int threads, long run, Progress progress, int[] status,
      String[] reasons, int[] nodes, float[] cosines)
      throws ChmrException;

  static native ByteBuffer matrix(long matrices, int index) throws ChmrException;

  static native void freeMatrices(long matrices);
}
