package dev.sampo.protocol;

import java.util.List;

/** Small values that tests speak about. */
public final class Examples {
  public static final NodeId A = new NodeId("a");
  public static final NodeId B = new NodeId("b");
  public static final NodeId C = new NodeId("c");
  public static final Member A1 = new Member(A, 1);
  public static final Member A2 = new Member(A, 2);
  public static final Member B1 = new Member(B, 1);
  public static final Member B2 = new Member(B, 2);
  public static final Member C1 = new Member(C, 1);

  private Examples() {}

  /** A job of 4 slots, 10 steps, 2 replicas. */
  public static JobSpec job(int shards) {
    return job("00000000000000aa", shards);
  }

  /** Another job, of one shard. */
  public static JobSpec anotherJob() {
    return job("00000000000000bb", 1);
  }

  private static JobSpec job(String id, int shards) {
    return new JobSpec(
        new JobId(id),
        "job",
        4,
        0,
        10,
        shards,
        2,
        new LearningRate(0.1, 0.01, 2, 9),
        0,
        2,
        false,
        SnapshotRule.NONE,
        EvaluationRule.NONE,
        AuditRule.NONE);
  }

  public static Term term(long counter) {
    return new Term(counter, A);
  }

  /** A running job's configuration, its voters a, b, c. */
  public static Configuration running(long number, ShardMembers... shards) {
    return inStatus(JobStatus.RUNNING, number, shards);
  }

  public static Configuration inStatus(JobStatus status, long number, ShardMembers... shards) {
    return new Configuration(
        0,
        number,
        job(shards.length),
        status,
        List.of(A, B, C),
        List.of(shards),
        "class",
        "",
        Orders.NONE,
        Evaluations.NONE,
        Verdicts.NONE);
  }

  /** As {@link #running}, and every slot is audited. */
  public static Configuration audited(long number, ShardMembers... shards) {
    Configuration plain = running(number, shards);
    return new Configuration(
        0,
        number,
        plain.job().withAudits(new AuditRule(1)),
        plain.status(),
        plain.voters(),
        plain.shards(),
        plain.kernelClass(),
        "",
        Orders.NONE,
        Evaluations.NONE,
        Verdicts.NONE);
  }

  /** The same, of a job that mixes classes of devices. */
  public static Configuration mixed(Configuration configuration) {
    return new Configuration(
        configuration.generation(),
        configuration.number(),
        ofMixedClasses(configuration.job()),
        configuration.status(),
        configuration.voters(),
        configuration.shards(),
        configuration.kernelClass(),
        configuration.reason(),
        configuration.orders(),
        configuration.evaluations(),
        configuration.verdicts());
  }

  private static JobSpec ofMixedClasses(JobSpec job) {
    return new JobSpec(
        job.id(),
        job.text(),
        job.slots(),
        job.grainSlots(),
        job.steps(),
        job.shards(),
        job.replicas(),
        job.learningRate(),
        job.clipNorm(),
        job.maxSkippedSteps(),
        true,
        job.snapshots(),
        job.evaluation(),
        job.audits());
  }

  /** A device of this node was contradicted by two others. */
  public static Quarantined wrong(Member liar) {
    DeviceId device = new DeviceId(liar.node(), 0);
    return new Quarantined(device, 5, 0, 0, digest("lie"), digest("truth"), List.of());
  }

  /** The first replica owns it. */
  public static ShardMembers shard(int shard, Member... replicas) {
    return new ShardMembers(shard, List.of(replicas), replicas[0], List.of());
  }

  public static ShardMembers withLearner(ShardMembers shard, Member learner) {
    return new ShardMembers(shard.shard(), shard.replicas(), shard.owner(), List.of(learner));
  }

  public static Decision decision(long step) {
    return new Decision(step, 0.5, 0.1, false, 0, 1.0, 2.0);
  }

  public static Decision skip(long step) {
    return new Decision(step, 0, 0.1, true, 1, Double.NaN, Double.NaN);
  }

  /** A version whose bits are told apart by {@code bits}. */
  public static CommitRecord record(long version, String bits) {
    return new CommitRecord(
        version,
        null,
        version == 0 ? null : decision(version - 1),
        Digest.ofText("parameters " + version + bits),
        Digest.ofText("state " + version + bits));
  }

  public static Digest digest(String text) {
    return Digest.ofText(text);
  }
}
