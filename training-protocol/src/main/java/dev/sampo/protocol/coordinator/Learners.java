package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Scrutiny;

/** The copies that catch up beside a step, or while none is made. */
final class Learners {
  private final Coordinator coordinator;
  private final Reign reign;
  private final Attempt attempt;

  Learners(Coordinator coordinator, Reign reign, Attempt attempt) {
    this.coordinator = coordinator;
    this.reign = reign;
    this.attempt = attempt;
  }

  /** Learners are not waited for: one that has not heard of this fence is told again. */
  void remind() {
    Report report = new Report(reign.fence(), reign.configuration(), Scrutiny.NONE);
    for (ShardMembers shard : reign.configuration().shards()) {
      shard.learners().forEach(learner -> reign.out.toReplica(learner, shard.shard(), report));
    }
  }

  /**
   * A learner that has the committed version becomes a replica. Not to be called once an Apply of
   * this step may have been sent: it would count below the version that is committed next.
   */
  void onCaughtUp(Member learner, CaughtUp caughtUp, long nowMs) {
    Configuration now = reign.configuration();
    CommitRecord record = caughtUp.record();
    boolean current =
        !attempt.records().isEmpty() && attempt.records().get(caughtUp.shard()).sameBits(record);
    boolean isLearner = now.shards().get(caughtUp.shard()).learners().contains(learner);
    if (current && isLearner) {
      coordinator.propose(
          now.next().withShards(Placement.promote(now.shards(), caughtUp.shard(), learner)),
          "a learner has caught up: shard=" + caughtUp.shard() + ", learner=" + learner,
          nowMs);
    }
  }
}
