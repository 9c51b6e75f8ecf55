package dev.sampo.simulation;

import dev.sampo.protocol.coordinator.Submission;
import dev.sampo.protocol.message.Message;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.Coverage;
import dev.sampo.protocol.message.Message.Evaluate;
import dev.sampo.protocol.message.Message.Evaluated;
import dev.sampo.protocol.message.Message.Fed;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.Held;
import dev.sampo.protocol.message.Message.Hold;
import dev.sampo.protocol.message.Message.Keep;
import dev.sampo.protocol.message.Message.Kept;
import dev.sampo.protocol.message.Message.LacksBytes;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Promised;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Refused;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.WorkerReported;
import dev.sampo.protocol.message.Message.Written;

/**
 * The ways through the protocol: messages with their answers, transitions of a coordinator, and
 * paths of recovery. A campaign counts how often each was taken; one that is never taken is not
 * tested.
 */
enum Way {
  // The register.
  PREPARE("asked for a promise"),
  PROMISED_NOTHING("promised, register empty"),
  PROMISED_A_CONFIGURATION("promised, register full"),
  ACCEPT("asked to accept"),
  ACCEPTED("accepted"),
  REFUSED("refused"),
  // The coordinator. These are the beginnings of the sentences that it gives as reasons.
  ELECTED("a majority promised"),
  TOOK_UP("a new coordinator takes it up"),
  BEGAN("a job was submitted"),
  RESTORED("somebody ordered to restore"),
  RAN("the version that it begins with is everywhere"),
  LOOKED_AGAIN("what was not there is looked for again"),
  FINISHED("the last step is committed"),
  PAUSED("an order to pause"),
  RESUMED("an order to resume"),
  CANCELLED("an order to cancel"),
  ORDERED_A_SNAPSHOT("an order to snapshot"),
  ORDERED_SNAPSHOT_ENDED("an ordered snapshot was"),
  ORDERED_A_DRAIN("an order to drain"),
  DRAINED("a node has handed over and left"),
  SNAPSHOT_TAKEN("snapshot taken"),
  SNAPSHOT_FAILED("snapshot failed"),
  ORDER_TAKEN("order taken"),
  ORDER_WAITS("order to be repeated"),
  ORDER_REFUSED("order refused"),
  RESTORE_TAKEN("restore taken"),
  RESTORE_WAITS("restore to be repeated"),
  RESTORE_REFUSED("restore refused"),
  LOSS_ACCEPTED("the loss of voters was accepted"),
  LOSS_TAKEN("acceptance of a loss taken"),
  LOSS_WAITS("acceptance of a loss to be repeated"),
  LOSS_REFUSED("acceptance of a loss refused"),
  WAITED_FOR_VOTERS("a majority of the voters does not answer, or"),
  STOOD_DOWN_FOR_A_LOSS("somebody accepts the loss of voters"),
  VOTERS_GONE("a majority of the voters is not there any more"),
  LOADED("a snapshot was loaded"),
  NOT_LOADED("a snapshot could not be loaded"),
  MEMBERS_CHANGED("nodes came or went"),
  VOTERS_CHANGED("the voters change"),
  VOTER_GONE("a voter of the next set is not there any more"),
  AUDITED("audits are over, every slot compared"),
  AUDIT_DROPPED("audits are over, slots dropped that nobody could compare"),
  FOUND_WRONG("audits have found a device to be wrong"),
  NOBODY_CAN_TELL("devices disagree, and no other"),
  MADE_ANEW("devices disagree, and all make"),
  STOOD_STILL("a step stands still"),
  UNEQUAL("replicas applied the same step to different bits"),
  ODD("a replica has other bits than the majority"),
  UNDECIDED("replicas have different bits and none is in the majority"),
  PROMOTED("a learner has caught up"),
  LACKED("a replica lacks the gradient that was held", true),
  NO_VALID_SIDE("a replica has no valid version"),
  BEHIND("a replica is more than one version behind"),
  FALLEN_BACK("a shard's newest version is damaged in every replica"),
  HOLDER_REDUCES("a replica holds the gradient that the owner lacks"),
  LEVEL("all replicas are level"),
  HALFWAY("a step was decided and is finished"),
  CORRUPT("what is left of the shards makes no model", true),
  WAITED_FOR_REPLICAS("replicas are not there"),
  WAITED_FOR_A_STORE("no replica of a shard has a valid version"),
  WAITED_FOR_A_DEVICE("no device is ready"),
  REFUSED_A_PROMISE("a voter promised a higher term"),
  REFUSED_A_CONFIGURATION("a voter refused a configuration"),
  WAS_FENCED("a higher fence is known"),
  // After a change of fence.
  REPORT("asked for a report"),
  REPORTED("reported"),
  WORKER_REPORTED("a worker reported"),
  FENCED("fenced"),
  // A step.
  BASE("base"),
  COVERAGE("coverage"),
  GRANT("grant"),
  STOLEN("not started and taken by another"),
  PIECE_COVERED("piece covered"),
  PIECE_NOT_YET("piece not yet"),
  PIECE_REFUSED("piece refused: computed from other bytes"),
  HOLD("hold"),
  HELD("held"),
  LACKS_BYTES("lacks the bytes"),
  REDUCED("reduced"),
  APPLY("apply"),
  APPLY_SKIP("apply, step skipped"),
  APPLIED("applied"),
  LACKS_GRADIENT("lacks the gradient", true),
  COMMITTED("committed"),
  COMMITTED_SKIPPED("committed, step skipped"),
  CONFIGURED("configured"),
  PULL("parameters pulled"),
  // Snapshots.
  KEEP("asked to keep a version"),
  KEPT("kept"),
  WRITTEN("part of a snapshot written"),
  NOT_WRITTEN("part of a snapshot not written"),
  PUBLISH("asked to publish a snapshot"),
  PUBLISHED("snapshot published"),
  // Evaluation.
  EVALUATE("asked to evaluate a version"),
  EVALUATED("loss of held-out slots told"),
  VERSION_EVALUATED("a version was evaluated"),
  ENDED_EARLY("no better loss on the held-out text"),
  // Copies.
  COPY_FROM("told to copy"),
  COPY_REQUEST("asked for a copy"),
  FED("fed a step"),
  FED_SKIPPED("fed a skipped step"),
  BLOCK_TAKEN("block copied"),
  BLOCK_TAKEN_AGAIN("block copied again, newer"),
  BLOCK_STEPPED("fed step made on a block"),
  BLOCK_SKIPPED_A_STEP("skipped step made on a block"),
  COPY_UNEQUAL("copy unlike its record", true),
  CAUGHT_UP("caught up");

  final String words;

  /**
   * Whether it guards against what only a broken replica brings about; the core's tests take it.
   */
  final boolean isGuard;

  Way(String words) {
    this(words, false);
  }

  Way(String words, boolean isGuard) {
    this.words = words;
    this.isGuard = isGuard;
  }

  /** The way whose words begin {@code sentence}. Every reason of the core must be listed. */
  static Way of(String sentence) {
    for (Way way : values()) {
      if (way.says(sentence)) {
        return way;
      }
    }
    if (sentence.matches("step \\d+ was decided and is finished")) {
      return HALFWAY;
    }
    throw new Violation("no way of the coverage report has these words: " + sentence);
  }

  boolean says(String sentence) {
    return sentence.startsWith(words);
  }

  static Way of(Submission answer) {
    return switch (answer) {
      case Submission.Taken a -> ORDER_TAKEN;
      case Submission.Later a -> ORDER_WAITS;
      case Submission.Refused a -> ORDER_REFUSED;
    };
  }

  static Way ofRestore(Submission answer) {
    return switch (answer) {
      case Submission.Taken a -> RESTORE_TAKEN;
      case Submission.Later a -> RESTORE_WAITS;
      case Submission.Refused a -> RESTORE_REFUSED;
    };
  }

  static Way ofLoss(Submission answer) {
    return switch (answer) {
      case Submission.Taken a -> LOSS_TAKEN;
      case Submission.Later a -> LOSS_WAITS;
      case Submission.Refused a -> LOSS_REFUSED;
    };
  }

  static Way of(Message message) {
    return switch (message) {
      case Prepare m -> PREPARE;
      case Promised m -> m.accepted() == null ? PROMISED_NOTHING : PROMISED_A_CONFIGURATION;
      case Accept m -> ACCEPT;
      case Accepted m -> ACCEPTED;
      case Refused m -> REFUSED;
      case Report m -> REPORT;
      case Reported m -> REPORTED;
      case WorkerReported m -> WORKER_REPORTED;
      case Fenced m -> FENCED;
      case Base m -> BASE;
      case Coverage m -> COVERAGE;
      case Grant m -> GRANT;
      case PieceAnswer m ->
          switch (m.verdict()) {
            case COVERED -> PIECE_COVERED;
            case NOT_YET -> PIECE_NOT_YET;
            case REFUSED -> PIECE_REFUSED;
          };
      case Evaluate m -> EVALUATE;
      case Evaluated m -> EVALUATED;
      case Hold m -> HOLD;
      case Held m -> HELD;
      case LacksBytes m -> LACKS_BYTES;
      case Reduced m -> REDUCED;
      case Apply m -> m.decision().skip() ? APPLY_SKIP : APPLY;
      case Applied m -> APPLIED;
      case LacksGradient m -> LACKS_GRADIENT;
      case CaughtUp m -> CAUGHT_UP;
      case CopyFrom m -> COPY_FROM;
      case CopyRequest m -> COPY_REQUEST;
      case Fed m -> m.gradient() == null ? FED_SKIPPED : FED;
      case PullParameters m -> PULL;
      case Keep m -> KEEP;
      case Kept m -> KEPT;
      case Written m -> m.part().failure().isEmpty() ? WRITTEN : NOT_WRITTEN;
      case Publish m -> PUBLISH;
      case Published m -> PUBLISHED;
      case Committed m ->
          m.decision() != null && m.decision().skip() ? COMMITTED_SKIPPED : COMMITTED;
      case Configured m -> CONFIGURED;
    };
  }
}
