package dev.sampo.protocol;

import java.util.List;
import java.util.Objects;

/**
 * The one value of a job's register. Immutable; every change makes the next number.
 *
 * @param number grows with every accepted change
 * @param voters who decides about configurations, by name: their state survives them on disk
 * @param shards who holds what, in shard order
 * @param kernelClass the class whose devices may compute; empty until the job runs, and in a mixed
 *     job
 * @param reason why the job is stopped; empty while it is not
 * @param orders what people have ordered; none in what a voter wrote before there were any
 * @param evaluations what came out on held-out text; none in what a voter wrote before there were
 *     any
 * @param verdicts what audits came to; none in what a voter wrote before there were any
 */
public record Configuration(
    long generation,
    long number,
    JobSpec job,
    JobStatus status,
    List<NodeId> voters,
    List<ShardMembers> shards,
    String kernelClass,
    String reason,
    Orders orders,
    Evaluations evaluations,
    Verdicts verdicts) {
  public Configuration {
    orders = Objects.requireNonNullElse(orders, Orders.NONE);
    evaluations = Objects.requireNonNullElse(evaluations, Evaluations.NONE);
    verdicts = Objects.requireNonNullElse(verdicts, Verdicts.NONE);
    voters = List.copyOf(voters);
    shards = List.copyOf(shards);
    if (shards.size() != job.shards()) {
      throw new IllegalArgumentException(
          "a configuration names every shard: shards="
              + shards.size()
              + ", job.shards="
              + job.shards());
    }
  }

  public Fence under(Term term) {
    return new Fence(generation, term, number);
  }

  public Configuration next() {
    return numbered(generation, number + 1);
  }

  /** What was committed in the generation before need not be any more. */
  public Configuration nextGeneration() {
    return numbered(generation + 1, number);
  }

  /**
   * What {@code left} go on from when a majority of the voters never comes back. What those had
   * chosen last need not be known. Inside one class that costs no bits: the history is a function
   * of the job. Where classes are mixed nobody can tell which of two histories a store belongs to,
   * so a job that may have begun is stopped, and goes on from a snapshot.
   *
   * @param accepted the number of the loss: a generation above all that the lost can have begun
   */
  public Configuration afterALoss(List<NodeId> left, long accepted) {
    Configuration after =
        numbered(accepted, number + 1)
            .withVoters(left)
            .with(orders.afterLoss(accepted), evaluations);
    return job.mixedClasses() && !hasEnded()
        ? after.stopped(
            "a majority of the voters was lost, and where classes are mixed nobody knows which"
                + " history was theirs; hint: sampo restore, or sampo submit to begin anew")
        : after;
  }

  public Configuration withVoters(List<NodeId> changed) {
    return with(changed, shards);
  }

  public Configuration withShards(List<ShardMembers> changed) {
    return with(voters, changed);
  }

  public Configuration running(String chosenClass) {
    return with(JobStatus.RUNNING, chosenClass, reason);
  }

  public Configuration finished() {
    return with(JobStatus.FINISHED, kernelClass, reason);
  }

  public Configuration stopped(String why) {
    return with(JobStatus.STOPPED, kernelClass, why);
  }

  /** After {@code order}, which is no repetition and for this job. */
  public Configuration ordered(Order order) {
    Configuration after = with(orders.and(order), evaluations);
    return switch (order.kind()) {
      case PAUSE, RESUME, SNAPSHOT, DRAIN -> after;
      case CANCEL -> after.stopped(order.text());
    };
  }

  /** The snapshot that was ordered has been taken, or cannot be. */
  public Configuration withSnapshot(SnapshotOrder outcome) {
    return with(orders.after(outcome), evaluations);
  }

  /** A version was evaluated that {@link #isToBeEvaluated}. */
  public Configuration evaluated(HeldOutLoss loss) {
    return with(orders, evaluations.and(loss));
  }

  /** Audits have found these devices to be wrong: what was gathered of the step is dropped. */
  public Configuration quarantining(List<Quarantined> found) {
    return withVerdicts(verdicts.and(found));
  }

  /** What was gathered and finished of the step is dropped, and made anew. */
  public Configuration redone() {
    return withVerdicts(verdicts.redo());
  }

  /**
   * Whether {@code version}, which is committed, is still to be evaluated before a step is led from
   * it. What was found of a version stays found, in a later generation too: inside one class it
   * would be the same.
   */
  public boolean isToBeEvaluated(long version) {
    return status == JobStatus.RUNNING
        && version > evaluations.last().version()
        && job.evaluation().isDue(version, job.steps());
  }

  /** Whether the job's rule ends it, since it got no better. */
  public boolean endsByItsEvaluations() {
    return evaluations.endBy(job.evaluation());
  }

  /** Whether nothing will be done any more, whatever is ordered. */
  public boolean hasEnded() {
    return switch (status) {
      case CREATED, RUNNING -> false;
      case FINISHED, STOPPED -> true;
    };
  }

  /** Whether this life of a node is to leave: nothing new is given to it. */
  public boolean isLeaving(Member member) {
    return orders.leaving().contains(member);
  }

  /** Whether this life of a node has handed over what it had, and nothing needs it any more. */
  public boolean mayLeave(Member member) {
    return isLeaving(member)
        && !voters.contains(member.node())
        && shards.stream()
            .noneMatch(
                shard -> shard.replicas().contains(member) || shard.learners().contains(member));
  }

  public List<Member> owners() {
    return shards.stream().map(ShardMembers::owner).toList();
  }

  private Configuration numbered(long ofGeneration, long newNumber) {
    return new Configuration(
        ofGeneration,
        newNumber,
        job,
        status,
        voters,
        shards,
        kernelClass,
        reason,
        orders,
        evaluations,
        verdicts);
  }

  private Configuration with(List<NodeId> newVoters, List<ShardMembers> newShards) {
    return new Configuration(
        generation,
        number,
        job,
        status,
        newVoters,
        newShards,
        kernelClass,
        reason,
        orders,
        evaluations,
        verdicts);
  }

  private Configuration with(JobStatus newStatus, String newClass, String newReason) {
    return new Configuration(
        generation,
        number,
        job,
        newStatus,
        voters,
        shards,
        newClass,
        newReason,
        orders,
        evaluations,
        verdicts);
  }

  private Configuration with(Orders newOrders, Evaluations newEvaluations) {
    return new Configuration(
        generation,
        number,
        job,
        status,
        voters,
        shards,
        kernelClass,
        reason,
        newOrders,
        newEvaluations,
        verdicts);
  }

  public Configuration withVerdicts(Verdicts newVerdicts) {
    return new Configuration(
        generation,
        number,
        job,
        status,
        voters,
        shards,
        kernelClass,
        reason,
        orders,
        evaluations,
        newVerdicts);
  }
}
