package org.chmr.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.chmr.Model;
import org.chmr.MoleculeBatch;
import org.chmr.PredictOptions;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A batch and a single molecule; {@code benches/hosts/java_peer.cpp} does the same in C. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx512m")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
public class Calls {
  /** The model file. */
  @Param("")
  public String model;

  /** A file of SMILES, one a line. */
  @Param("")
  public String molecules;

  private Model opened;
  private List<String> smiles;
  private int next;

  /** Processor time, which a busy machine does not stretch as it does the clock's. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Processor {
    /** Nanoseconds of the calling thread. */
    public long nanos;

    /** Calls in them. */
    public long calls;

    private long start;

    /** Before an iteration. */
    @Setup(Level.Iteration)
    public void begin() {
      calls = 0;
      start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** After it. */
    @TearDown(Level.Iteration)
    public void end() {
      nanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
    }
  }

  /** Opens the model. */
  @Setup
  public void open() throws Exception {
    opened = Model.open(Paths.get(model));
    smiles = Files.readAllLines(Paths.get(molecules));
  }

  /** Closes it. */
  @TearDown
  public void close() {
    opened.close();
  }

  /** All molecules of the file as one batch, filled anew, on one thread. */
  @Benchmark
  public float batch(Processor processor) throws Exception {
    processor.calls++;
    MoleculeBatch batch = MoleculeBatch.ofSmiles(smiles);
    return opened.predict(batch, PredictOptions.DEFAULT.withThreads(1)).value(0, 0);
  }

  /** One molecule after the other. */
  @Benchmark
  public float one(Processor processor) throws Exception {
    processor.calls++;
    next = (next + 1) % smiles.size();
    return opened.predictOne(smiles.get(next))[0];
  }
}
