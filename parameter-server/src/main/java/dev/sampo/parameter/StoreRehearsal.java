package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.JobId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Has a process learn a small shard from itself, for nothing but that it has done so: the first map
 * of a process takes seconds, since its library compiles classes, and a first hash takes six times
 * as long as the next. A replica that is to come back should not wait for either.
 */
public final class StoreRehearsal {
  private static final long PARAMETERS = 2L * StoreGeometry.DEFAULT_BLOCK_PARAMETERS;

  /** Hashes of a side, until the compiler has seen enough of them. */
  private static final int HASHES = 400;

  private static final AtomicBoolean DONE = new AtomicBoolean();

  private StoreRehearsal() {}

  /** For a process that has opened a shard of a job: there is nothing left to rehearse. */
  static void skip() {
    DONE.set(true);
  }

  /**
   * Does so, once in a process; later calls, and those after a shard was opened, only remove what a
   * rehearsal that was cut off has left.
   *
   * @param folder for its files; made if missing, and gone afterwards with all that is in it
   * @throws StoreRefusedException if a store cannot be used there
   * @throws IOException if the folder cannot be removed
   */
  public static void run(Path folder) throws IOException {
    remove(folder);
    if (DONE.compareAndSet(false, true)) {
      try {
        rehearse(folder);
      } finally {
        remove(folder);
      }
    }
  }

  static void rehearse(Path folder) {
    NoArithmetic arithmetic = new NoArithmetic();
    StoreGeometry geometry =
        StoreGeometry.of(
            new JobId("0000000000000000"), 2 * PARAMETERS, 2, arithmetic.stateFloats());
    ShardRules rules = new ShardRules(arithmetic, 1, 1, StoreRules.plain());
    try (ShardStore store = ShardStore.open(folder, geometry, rules)) {
      StoredShard source = store.open(0);
      StoredShard learner = store.open(1);
      CommitRecord record = source.initialise();
      MemorySegment place = learner.copyBlocks().staging().getFirst();
      for (int block = 0; block < learner.blocks(); block++) {
        try (SideCopy copy = source.copyBlocks().copyOut(block, record)) {
          MemorySegment staged = place.asSlice(0, copy.segment().byteSize());
          learner.copyBlocks().stage(staged.copyFrom(copy.segment()));
          learner.takeBlock(block, record.version());
        }
      }
      boolean isWhole = learner.seal(record);
      for (int hash = 0; hash < HASHES; hash++) {
        isWhole &= learner.check(record.version());
      }
      if (!isWhole) {
        throw new IllegalStateException("zeros were copied, and were no zeros afterwards");
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Begins with zeros and makes no step. */
  private record NoArithmetic() implements ShardArithmetic {
    @Override
    public int stateFloats() {
      return 2;
    }

    @Override
    public FirstVersion start() {
      return (from, to, out) -> out.fill((byte) 0);
    }

    @Override
    public ShardStep prepare(List<Block> from, List<Block> to) {
      return ShardStep.elementwise(from, to, (scalars, before, after, gradient) -> {});
    }
  }
}
