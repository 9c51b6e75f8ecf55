package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.SnapshotOrder;
import dev.sampo.protocol.message.Message.Keep;
import dev.sampo.protocol.message.Message.Kept;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.Written;
import dev.sampo.protocol.message.WrittenPart;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot that a reign is taking, if it is taking one. It is of a committed version v: the
 * owner of each shard copies its side of v before the {@code Apply} that would overwrite it is
 * sent, writes the copy while steps go on, and one of them makes the whole visible. What is written
 * is of the committed bits or does not count, so neither a step nor another fence disturbs it; it
 * is dropped when a keeper is configured out.
 */
final class Snapshotting {
  private static final class Taking {
    final long version;
    final List<CommitRecord> records;
    final List<Member> keepers;
    final boolean ordered;
    final BitSet kept = new BitSet();
    final Map<Integer, WrittenPart> written = new TreeMap<>();

    Taking(Attempt attempt, List<Member> keepers, boolean ordered) {
      this.version = attempt.step();
      this.records = attempt.records();
      this.keepers = keepers;
      this.ordered = ordered;
    }

    boolean isFrom(Member from, int shard) {
      return keepers.get(shard).equals(from);
    }
  }

  private final CoordinatorOutput out;
  private @Nullable Taking taking;
  private @Nullable SnapshotOrder outcome;
  private long newest = -1;

  Snapshotting(CoordinatorOutput out) {
    this.out = out;
  }

  /** The version that {@code attempt} starts from is committed: is there to be a snapshot of it? */
  void onCommitted(Attempt attempt, Configuration now, Fence fence) {
    boolean wanted = now.orders().snapshot().state() == SnapshotOrder.State.WANTED;
    boolean ordered = wanted && outcome == null;
    boolean due = now.job().snapshots().isDue(attempt.step()) && attempt.step() > newest;
    if (taking == null && (ordered || due)) {
      taking = new Taking(attempt, now.owners(), ordered);
      repeat(fence);
    }
  }

  /** Whether there is still something to do when the last step is committed. */
  boolean isBusyWith(Attempt last, Configuration now) {
    boolean wanted = now.orders().snapshot().state() == SnapshotOrder.State.WANTED;
    boolean due = now.job().snapshots().isDue(last.step()) && last.step() > newest;
    return taking != null || wanted || due;
  }

  /** Whether the step would overwrite what is still to be copied. */
  boolean holdsBack(long step) {
    Taking now = taking;
    return now != null && now.version == step - 1 && now.kept.cardinality() < now.keepers.size();
  }

  /** Asks again for what was not answered. */
  void repeat(Fence fence) {
    Taking now = taking;
    if (now == null) {
      return;
    }
    if (now.written.size() == now.keepers.size()) {
      Publish publish = new Publish(fence, List.copyOf(now.written.values()));
      out.toReplica(now.keepers.getFirst(), 0, publish);
      return;
    }
    for (int shard = 0; shard < now.keepers.size(); shard++) {
      if (!now.written.containsKey(shard)) {
        out.toReplica(now.keepers.get(shard), shard, new Keep(fence, now.records.get(shard)));
      }
    }
  }

  void onKept(Member from, Kept message) {
    Taking now = taking;
    if (now != null && message.version() == now.version && now.isFrom(from, message.shard())) {
      now.kept.set(message.shard());
    }
  }

  void onWritten(Member from, Written message, Fence fence) {
    Taking now = taking;
    WrittenPart part = message.part();
    if (now == null
        || part.record().version() != now.version
        || !now.isFrom(from, part.shard())
        || now.written.containsKey(part.shard())) {
      return;
    }
    if (!part.failure().isEmpty()) {
      end(now, fence, part.failure(), "");
    } else if (!part.record().sameBits(now.records.get(part.shard()))) {
      end(now, fence, "a part has other bits than were committed: shard=" + part.shard(), "");
    } else {
      now.written.put(part.shard(), part);
      if (now.written.size() == now.keepers.size()) {
        repeat(fence);
      }
    }
  }

  void onPublished(Member from, Published message, Fence fence) {
    Taking now = taking;
    if (now != null
        && message.version() == now.version
        && now.isFrom(from, 0)
        && now.written.size() == now.keepers.size()) {
      end(now, fence, message.failure(), message.told());
    }
  }

  private void end(Taking ended, Fence fence, String failure, String told) {
    taking = null;
    newest = ended.version;
    boolean taken = failure.isEmpty();
    out.note(
        taken
            ? new Note.SnapshotTaken(fence, ended.version, told)
            : new Note.SnapshotFailed(fence, ended.version, failure));
    if (ended.ordered) {
      SnapshotOrder.State state = taken ? SnapshotOrder.State.TAKEN : SnapshotOrder.State.FAILED;
      outcome = new SnapshotOrder(state, ended.version, taken ? told : failure);
    }
  }

  /**
   * What became of an ordered snapshot and is to be written into the register; null for nothing.
   */
  @Nullable SnapshotOrder outcome() {
    return outcome;
  }

  /** A configuration is in force: a part of somebody who does not count any more is dropped. */
  void onChosen(Configuration chosen, Fence fence) {
    if (chosen.orders().snapshot().equals(outcome)) {
      outcome = null;
    }
    Taking now = taking;
    if (now == null) {
      return;
    }
    List<Member> missing = new ArrayList<>();
    for (int shard = 0; shard < now.keepers.size(); shard++) {
      Member keeper = now.keepers.get(shard);
      if (!chosen.shards().get(shard).replicas().contains(keeper)) {
        missing.add(keeper);
      }
    }
    if (chosen.hasEnded() || !missing.isEmpty()) {
      taking = null;
      String why = "whoever copied a part is no replica any more: members=" + missing;
      out.note(
          new Note.SnapshotFailed(
              fence, now.version, missing.isEmpty() ? "the job has ended" : why));
    }
  }

  /** Another job: nothing of this one is wanted any more. */
  void forget() {
    taking = null;
    outcome = null;
    newest = -1;
  }
}
