package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.coordinator.Acceptance;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.coordinator.CoordinatorOutput;
import dev.sampo.protocol.coordinator.Submission;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.ToVoter;
import dev.sampo.protocol.register.Voter;
import dev.sampo.protocol.register.VoterState;

/**
 * Where a test can make the protocol wrong, to show that the laws would notice: between the core's
 * state machines and their shells, so that the core itself has no switch. Here nothing is wrong.
 */
interface Sabotage {
  Sabotage NONE = new Sabotage() {};

  /** Whether a message for {@code to} is for this process. */
  default boolean isMeantFor(Member to, Member process) {
    return to.means(process);
  }

  default ToCoordinator vote(Voter voter, ToVoter message) {
    return switch (message) {
      case Prepare prepare -> voter.on(prepare);
      case Accept accept -> voter.on(accept);
    };
  }

  /** What a voter's disk holds after {@code after} was written over {@code before}. */
  default VoterState written(VoterState before, VoterState after) {
    return after;
  }

  /** What a voter's disk holds after a restart. */
  default VoterState afterRestart(VoterState state) {
    return state;
  }

  /** What the disk knows of the terms that its node has used, after a restart. */
  default long counterAfterRestart(long counter) {
    return counter;
  }

  /** Comes between a coordinator and what it says. */
  default CoordinatorOutput between(Life life, CoordinatorOutput out) {
    return out;
  }

  /** Comes between a coordinator and what it hears. */
  default void hear(
      Life life, Coordinator coordinator, Member from, ToCoordinator message, long nowMs) {
    coordinator.on(from, message, nowMs);
  }

  /** Comes between a replica and what it hears. */
  default ToReplica heard(ToReplica message) {
    return message;
  }

  /** What a coordinator says to an order. */
  default Submission order(Coordinator coordinator, Order order) {
    return coordinator.order(order);
  }

  /** What a coordinator says to somebody who wants to restore. */
  default Submission restore(Coordinator coordinator, JobSpec job, Origin origin) {
    return coordinator.submit(job, origin);
  }

  /** What a coordinator says to somebody who accepts a loss. */
  default Submission acceptLoss(Coordinator coordinator, Acceptance acceptance, long nowMs) {
    return coordinator.acceptLoss(acceptance, nowMs);
  }

  /** Whether a replica that cannot load the snapshot begins at version 0. */
  default boolean beginsWithoutTheSnapshot() {
    return false;
  }

  /** Whether what was copied for a power cut survives its store's being forgotten. */
  default boolean keepsSyncedCopies() {
    return false;
  }

  /** Whether a node that is to leave takes it that nothing needs it any more. */
  default boolean mayLeave(Configuration now, Member member) {
    return now.mayLeave(member);
  }

  /** Whether an owner counts a gradient as held as soon as it has asked for that. */
  default boolean countsAsHeldAtOnce() {
    return false;
  }

  /**
   * The base that an owner takes a piece to be computed from.
   *
   * @param current of the step that the owner is at, 0 while it knows none
   */
  default long basePrefix(long told, long current) {
    return told;
  }

  /** Whether a learner takes whatever block arrives, however old. */
  default boolean takesAnyCopy() {
    return false;
  }

  /** Whether a learner makes a step that it was fed twice on a block. */
  default boolean makesAFedStepTwice() {
    return false;
  }

  /** Whether an owner feeds learners a step that it has applied, and nobody has committed. */
  default boolean feedsBeforeCommit() {
    return false;
  }

  /**
   * The fence under which a block or a fed step counts as sent.
   *
   * @param known the highest that its receiver has heard of
   */
  default Fence fenceOfCopy(Fence told, Fence known) {
    return told;
  }

  /** Whether writing a version makes the one before it invalid. */
  default boolean overwritesTheBase() {
    return false;
  }

  /** Whether stores that do not count are kept. */
  default boolean keepsForgottenStores() {
    return false;
  }

  /** Whether a half written side passes for a whole one. */
  default boolean takesTornSides() {
    return false;
  }

  /** Whether a version is said to be kept before it is copied. */
  default boolean copiesLate() {
    return false;
  }

  /** Whether an owner that has said Reduced takes another gradient under the same fence. */
  default boolean adoptsAnother() {
    return false;
  }
}
