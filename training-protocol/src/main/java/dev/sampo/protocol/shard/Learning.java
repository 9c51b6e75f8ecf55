package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.Fed;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * How a learner catches up while training goes on. It copies block by block, each at the version
 * that is committed when it is sent, and makes on each block the committed steps that this lacks.
 * Once all blocks are at the newest version that it has heard of, their bytes must hash to its
 * record; if they do not, it begins anew.
 *
 * <p>A block whose next step was not fed, since a word was lost or nobody holds the gradient any
 * more, is copied once more. Versions, fed steps and records are of one generation.
 */
final class Learning {
  private final Standing standing;
  private final ShardMemory memory;
  private final Soundness soundness;
  private final ReplicaOutput out;
  private final BlockCopy copy;
  private final Feed feed;
  private @Nullable CommitRecord newest;
  private int source;

  Learning(Standing standing, ShardMemory memory, Soundness soundness, ReplicaOutput out) {
    this.standing = standing;
    this.memory = memory;
    this.soundness = soundness;
    this.out = out;
    this.copy = new BlockCopy(memory.blocks());
    this.feed = new Feed(memory);
  }

  /** What is here does not count any more, or counts as a replica's. */
  void forget() {
    copy.forget();
    feed.forget();
    newest = null;
  }

  /** A new fence of the same generation: what was committed stays so. */
  void askAnew() {
    copy.askAnew();
  }

  /** A block of a committed version is in the staging area. */
  void onBlock(int block, CommitRecord record) {
    if (copy.wants(block, record.version())) {
      memory.takeBlock(block, record.version());
      copy.raise(block, record.version());
      hear(record);
      goOn();
    }
  }

  void onFed(Fed fed) {
    hear(fed.record());
    feed.tell(fed);
    goOn();
  }

  /** It belongs to this learner from here on. */
  void onGradient(long step, ShardMemory.Gradient gradient) {
    feed.bring(step, gradient);
    goOn();
  }

  private void hear(CommitRecord record) {
    if (newest == null || newest.version() < record.version()) {
      newest = record;
    }
    feed.committed(record.version());
  }

  private void goOn() {
    for (int block = 0; block < copy.blocks(); block++) {
      makeWhatItLacks(block);
    }
    feed.dropBelow(copy.oldest());
    CommitRecord record = newest;
    if (record != null
        && copy.isAt(record.version())
        && memory.recordOf(record.version()) == null) {
      seal(record);
    }
    ask(this::isStranded);
  }

  private void makeWhatItLacks(int block) {
    long step = copy.version(block);
    while (feed.isWhole(step)) {
      memory.stepBlock(block, feed.decision(step), feed.gradient(step));
      step++;
      copy.raise(block, step);
    }
  }

  private void seal(CommitRecord record) {
    if (memory.seal(record)) {
      soundness.onWritten();
      standing.answer(new CaughtUp(standing.fence(), standing.shard(), record));
    } else {
      memory.forget();
      forget();
    }
  }

  /** Whether no step that is fed leads on from where a block is. */
  private boolean isStranded(int block) {
    long version = copy.version(block);
    boolean isNewest = newest != null && newest.version() == version;
    return !isNewest && !feed.isTold(version);
  }

  private void ask(IntPredicate lacks) {
    List<Member> replicas = standing.members().replicas();
    Member asked = replicas.get(source % replicas.size());
    for (int block = copy.next(lacks); block >= 0; block = copy.next(lacks)) {
      out.toReplica(asked, new CopyRequest(standing.fence(), block, copy.version(block)));
    }
  }

  /** Only a learner itself knows what it lacks; when nothing comes, another may know more. */
  void onTick() {
    CommitRecord whole = memory.newestRecord();
    if (whole != null) {
      standing.answer(new CaughtUp(standing.fence(), standing.shard(), whole));
    }
    if (copy.stands()) {
      source++;
      ask(block -> true);
    } else {
      ask(this::isStranded);
    }
  }
}
