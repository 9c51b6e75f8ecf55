package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.coordinator.Recovery.Finding;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Base;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One try at a step, as it begins.
 *
 * @param step leads from version {@code step}
 * @param parameters the digests of that version's parameters, by shard; empty if nobody has to
 *     compute from it
 * @param decided what recovery found decided; null for a step that is not
 * @param ahead version step+1 where a replica has it already, by shard; null elsewhere
 * @param before the decision that led to version {@code step}, null at 0 or when not known
 * @param records of version {@code step} where it is committed; empty if the step is decided
 *     already
 */
record Attempt(
    long step,
    List<Digest> parameters,
    @Nullable Decision decided,
    List<Recovery.@Nullable Ahead> ahead,
    @Nullable Decision before,
    List<CommitRecord> records) {

  static Attempt from(Finding.Level level) {
    return at(level.version(), level.records());
  }

  /** The step from a version that is committed with these records. */
  static Attempt at(long version, List<CommitRecord> records) {
    List<Recovery.@Nullable Ahead> nobodyAhead = new ArrayList<>();
    records.forEach(record -> nobodyAhead.add(null));
    return new Attempt(
        version,
        records.stream().map(CommitRecord::parameters).toList(),
        null,
        nobodyAhead,
        records.getFirst().decision(),
        records);
  }

  /** Empty if a shard has to be reduced anew from a version that some shard no longer has. */
  static Optional<Attempt> from(Finding.Halfway halfway) {
    boolean mustReduce =
        !halfway.decision().skip() && halfway.ahead().stream().anyMatch(Objects::isNull);
    boolean baseIsWhole = halfway.base().stream().allMatch(Objects::nonNull);
    if (mustReduce && !baseIsWhole) {
      return Optional.empty();
    }
    List<Digest> parameters = new ArrayList<>();
    for (CommitRecord record : halfway.base()) {
      if (baseIsWhole && record != null) {
        parameters.add(record.parameters());
      }
    }
    return Optional.of(
        new Attempt(
            halfway.decision().step(),
            parameters,
            halfway.decision(),
            halfway.ahead(),
            null,
            List.of()));
  }

  Digest baseHash() {
    return Digest.over(parameters);
  }

  /**
   * Tells replicas what is committed.
   *
   * @param computing the nodes that want the next version's parameters
   */
  Base base(Fence fence, List<Member> computing, Clearance clearance) {
    return new Base(fence, step, baseHash(), computing, clearance);
  }

  int skipsBefore() {
    return before == null ? 0 : before.skipsInARow();
  }
}
