package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.shard.StepGradient.Whole;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a replica can trust what it has. Replicas with equal inputs have equal bits; where they
 * differ, each looks for what is wrong with itself: a flipped side, a flipped gradient, and at last
 * an arithmetic unit that slipped once.
 */
final class Soundness {
  private final ShardMemory memory;

  /** The version here that was made from flipped bytes, and so speaks for nothing; -1 for none. */
  private long flawed = -1;

  /** The damaged version that the job has given up, until it is made anew; -1 for none. */
  private long givenUp = -1;

  Soundness(ShardMemory memory) {
    this.memory = memory;
  }

  /** The records that it stands for, the newest first. */
  List<CommitRecord> records() {
    List<CommitRecord> records = memory.records();
    boolean isFlawed = !records.isEmpty() && records.getFirst().version() == flawed;
    return isFlawed ? List.of() : records;
  }

  /** The newest version that it had and lost, and that the job may still count on; -1 for none. */
  long damaged() {
    long damaged = memory.damaged();
    return damaged == givenUp ? -1 : damaged;
  }

  /** A new generation: the job goes on from what is left. */
  void giveUpWhatIsDamaged() {
    givenUp = memory.damaged();
  }

  /** A version was written: should it be damaged too, that is another damage. */
  void onWritten() {
    givenUp = -1;
  }

  void examine(Scrutiny scrutiny, StepGradient step, Fence fence) {
    switch (scrutiny) {
      case NONE -> {}
      case BYTES -> checkBytes(step);
      case ARITHMETIC -> makeOnceMore(step.whole(), fence);
    }
  }

  /** What an odd version was made from may have flipped; then it counts no more than its base. */
  private void checkBytes(StepGradient step) {
    CommitRecord newest = memory.newestRecord();
    memory.check();
    Whole whole = step.whole();
    boolean gradientFlipped =
        whole != null && !memory.examine(whole.gradient()).hash().equals(whole.facts().hash());
    long gradientOf = whole == null ? -1 : whole.step();
    if (newest != null && newest.equals(memory.newestRecord())) {
      long base = newest.version() - 1;
      boolean baseFlipped = base >= 0 && memory.recordOf(base) == null && memory.damaged() == base;
      if (baseFlipped || (gradientFlipped && gradientOf == base)) {
        flawed = newest.version();
      }
    }
    if (gradientFlipped) {
      step.forget();
    }
  }

  /** Nobody has committed what is made once more: its bits were unequal. */
  private void makeOnceMore(@Nullable Whole whole, Fence fence) {
    CommitRecord newest = memory.newestRecord();
    if (newest == null || newest.version() == 0 || memory.recordOf(newest.version() - 1) == null) {
      return;
    }
    Decision decision = newest.decisionOrThrow();
    if (decision.skip()) {
      memory.apply(fence, decision, null);
    } else if (whole != null && whole.step() == decision.step()) {
      memory.apply(fence, decision, whole.gradient());
    }
  }
}
