package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What binds a copy of a shard that is made block by block. */
final class CopyLaws {
  private final World world;
  private final ToyModel model;
  private final long[] versions;

  /** Under which the replica stands; another one on the same node may have heard of a higher. */
  private @Nullable Fence fence;

  CopyLaws(World world, ToyModel model) {
    this.world = world;
    this.model = model;
    this.versions = new long[model.blocks()];
    forget();
  }

  /** What was copied in an earlier generation does not bind. */
  void standsUnder(Fence raised) {
    if (fence == null || fence.generation() != raised.generation()) {
      forget();
    }
    fence = raised;
  }

  void forget() {
    Arrays.fill(versions, -1);
  }

  /** A block of a version that another replica has is taken over. */
  void onTaken(int block, long version) {
    Laws.check(
        version >= versions[block],
        "a block's version fell: block=%d, from=%d, to=%d"
            .formatted(block, versions[block], version));
    world.taken.count(versions[block] < 0 ? Way.BLOCK_TAKEN : Way.BLOCK_TAKEN_AGAIN);
    versions[block] = version;
    // Recovery copies what is decided, a version ahead of what is committed.
    isAtMost(committed() + 1, block, "a block was copied that nobody has");
  }

  /** A learner makes a step on one block. */
  void onStepped(int block, Decision decision) {
    Laws.check(
        decision.step() == versions[block],
        "a block lacks other steps than those that it is given: block=%d, version=%d, step=%d"
            .formatted(block, versions[block], decision.step()));
    versions[block]++;
    isAtMost(
        world.laws.safeVersion(model.job().id()),
        block,
        "a learner made a step that is not committed");
    world.taken.count(decision.skip() ? Way.BLOCK_SKIPPED_A_STEP : Way.BLOCK_STEPPED);
  }

  /** A copy is whole, and its bytes are not its record's: only where silent faults are. */
  void onUnequal(CommitRecord record) {
    Laws.check(
        world.machines.values().stream().anyMatch(Machine::isOdd),
        "a copy has other bits than its record: " + record);
    forget();
    world.taken.count(Way.COPY_UNEQUAL);
  }

  private long committed() {
    return world.laws.committedVersion(model.job().id());
  }

  private void isAtMost(long highest, int block, String otherwise) {
    Laws.check(
        world.laws.isGivenUp(model.job(), fence()) || versions[block] <= highest,
        otherwise + ": version=" + versions[block] + ", highest=" + highest);
  }

  private Fence fence() {
    return Objects.requireNonNull(fence);
  }
}
