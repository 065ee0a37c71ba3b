package org.chmr;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * Keeps a native object alive while calls use it. Closing takes effect at once for new calls, and frees the object when
 * the last call under way is done, so that no thread can pull it away from another.
 */
final class Handle implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();
  /** The sign bit of {@link #users}: closed. */
  private static final int CLOSED = Integer.MIN_VALUE;

  private final State state;
  private final Cleaner.Cleanable cleanable;
  private final String name;

  /** Must not refer to the owner, or that would never become unreachable. */
  private static final class State implements Runnable {
    private final long pointer;
    private final LongConsumer free;
    /** Number of calls under way, and whether closed. */
    private final AtomicInteger users = new AtomicInteger();

    State(long pointer, LongConsumer free) {
      this.pointer = pointer;
      this.free = free;
    }

    /** Closes. Called once, by {@code Cleanable.clean} or by the garbage collector. */
    @Override
    public void run() {
      if (users.getAndUpdate(n -> n | CLOSED) == 0) free.accept(pointer);
    }
  }

  /**
   * @param owner whose end, if nobody closed it, ends the object
   * @param name for messages
   */
  Handle(Object owner, String name, long pointer, LongConsumer free) {
    this.name = name;
    this.state = new State(pointer, free);
    this.cleanable = CLEANER.register(owner, state);
  }

  /** The native pointer, good until {@link #release}. */
  long acquire() throws ChmrException {
    for (; ; ) {
      int n = state.users.get();
      if (n < 0) throw new ChmrException(Status.CLOSED, name + " was closed");
      if (n == Integer.MAX_VALUE) throw new ChmrException(Status.LIMIT, "too many calls at the same time");
      if (state.users.compareAndSet(n, n + 1)) return state.pointer;
    }
  }

  /** Ends a call that {@link #acquire} began. */
  void release() {
    if (state.users.decrementAndGet() == CLOSED) state.free.accept(state.pointer);
  }

  boolean isClosed() {
    return state.users.get() < 0;
  }

  @Override
  public void close() {
    cleanable.clean();
  }
}
