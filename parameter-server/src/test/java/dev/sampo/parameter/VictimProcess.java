package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A process that trains one shard until it is killed. Says each version once it is held. */
final class VictimProcess {
  static final List<ShardRange> RANGES = ShardRange.cut(40_007, 1);
  static final StoreGeometry GEOMETRY = new StoreGeometry(Steps.JOB, RANGES, 4096, 2);
  static final String STOPPED = "stopped";

  private VictimProcess() {}

  /**
   * Takes folder, step and block: it stops in the middle of that step, before that block; a
   * negative step means never.
   */
  public static void main(String[] arguments) throws IOException {
    endWithTheTest();
    long stopStep = Long.parseLong(arguments[1]);
    int stopBlock = Integer.parseInt(arguments[2]);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    ShardArithmetic arithmetic =
        new Stopping(new PlainArithmetic(Steps.SEED), stopStep, stopBlock, out);
    try (ShardStore store =
        ShardStore.open(
            Path.of(arguments[0]),
            GEOMETRY,
            new ShardRules(arithmetic, Steps.SLOTS, 2, StoreRules.plain()))) {
      StoredShard shard = store.open(0);
      List<CommitRecord> records = shard.records();
      CommitRecord record = records.isEmpty() ? shard.initialise() : records.getFirst();
      while (true) {
        out.println(record.version());
        record = Steps.apply(shard, record.version());
      }
    }
  }

  /** A process that runs for ever must not outlive a test that is itself killed. */
  static void endWithTheTest() {
    ProcessHandle test = ProcessHandle.current().parent().orElseThrow();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              test.onExit().join();
              Runtime.getRuntime().halt(1);
            });
  }

  /** Stands still at a chosen place of a step, so that the kill hits there. */
  private record Stopping(ShardArithmetic arithmetic, long stopStep, int stopBlock, PrintStream out)
      implements ShardArithmetic {
    @Override
    public ShardStep prepare(List<Block> from, List<Block> to) {
      return ShardStep.elementwise(from, to, this::step);
    }

    private void step(StepScalars scalars, Block from, Block to, MemorySegment gradient) {
      if (scalars.timeStep() == stopStep + 1
          && to.first() == (long) stopBlock * GEOMETRY.blockParameters()) {
        out.println(STOPPED);
        standStill();
      }
      PlainArithmetic.step(scalars, from, to, gradient);
    }

    private static void standStill() {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new IllegalStateException("only a kill ends this", e);
      }
    }

    @Override
    public int stateFloats() {
      return arithmetic.stateFloats();
    }

    @Override
    public FirstVersion start() {
      return arithmetic.start();
    }
  }
}
