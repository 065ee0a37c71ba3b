package org.chmr;

/**
 * Stops a prediction from another thread. One run, or several at the same time, may be given the same object; a
 * cancelled one stays cancelled.
 */
public final class Run implements AutoCloseable {
  final Handle handle;

  /**
   * A run that can be cancelled.
   *
   * @throws ChmrException {@link Status#NO_LIBRARY}
   */
  public Run() throws ChmrException {
    this.handle = new Handle(this, "the run", Model.library(Native::newRun), Native::freeRun);
  }

  /**
   * Asks the run to stop: it ends with {@link Status#CANCELLED} within a molecule or so. From any thread, before or
   * during the run; afterwards, and after {@link #close}, it does nothing.
   */
  public void cancel() {
    try {
      long run = handle.acquire();
      try {
        Native.cancel(run);
      } finally {
        handle.release();
      }
    } catch (ChmrException closed) {
      // Nothing is left to cancel.
    }
  }

  @Override
  public void close() {
    handle.close();
  }
}
