package org.chmr;

/** How to encode. The default: as many threads as the machine has, nobody watching. Immutable. */
public final class EncodeOptions extends RunOptions<EncodeOptions> {
  /** The default. */
  public static final EncodeOptions DEFAULT = new EncodeOptions(0, null, null);

  private EncodeOptions(int threads, Progress progress, Run run) {
    super(threads, progress, run);
  }

  @Override
  EncodeOptions with(int threads, Progress progress, Run run) {
    return new EncodeOptions(threads, progress, run);
  }
}
