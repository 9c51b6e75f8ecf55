package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.Fed;
import dev.sampo.protocol.message.Message.Held;
import dev.sampo.protocol.message.Message.Hold;
import dev.sampo.protocol.message.Message.Keep;
import dev.sampo.protocol.message.Message.LacksBytes;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.ReplicaReport;
import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.message.WrittenPart;
import dev.sampo.protocol.shard.StepGradient.Whole;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One life of one replica of one parameter shard, as owner, plain replica or learner.
 *
 * <p>It is at version t. Pieces gather (owner only) until the step's gradient is whole; the owner
 * has it held by all replicas and says {@code Reduced}; {@code Apply} leads to version t+1, while
 * the side of version t stays as it is until the next {@code Apply}, which is sent only when t+1 is
 * committed.
 *
 * <pre>
 *  input       answers from its state
 *  Report      Reported; under a raised fence nothing that was held for an older one counts
 *  Base        Coverage | Hold to the others | Reduced      (owner at that step)
 *              Applied                                      (already past it)
 *  piece       COVERED | NOT_YET | REFUSED
 *  Hold        Held | LacksBytes
 *  Apply       Applied | LacksGradient
 *  CopyFrom    (asks the source, block by block) ... Applied
 *  CopyRequest the bytes of a block
 *  Fed         (makes the step on the blocks that lack it) ... CaughtUp      (learner)
 * </pre>
 *
 * Anything under a fence below the highest known is answered {@code Fenced} and has no effect.
 */
public final class Replica {
  private final Standing standing;
  private final ShardMemory memory;
  private final Soundness soundness;
  private final Holding holding;
  private final Serving serving;
  private final Keeping keeping;
  private final Copying copying;
  private final Learning learning;
  private final ReplicaOutput out;

  private @Nullable StepGradient step;
  private long drops;

  /** Why the snapshot that the run begins with could not be loaded. */
  private String failure = "";

  public Replica(Member self, int shard, ShardMemory memory, ReplicaOutput out) {
    this.standing = new Standing(self, shard, out);
    this.memory = memory;
    this.soundness = new Soundness(memory);
    this.holding = new Holding(standing, memory, out);
    this.serving = new Serving(standing, memory, out);
    this.keeping = new Keeping(standing, memory, out);
    this.copying = new Copying(standing, memory, soundness, out);
    this.learning = new Learning(standing, memory, soundness, out);
    this.out = out;
  }

  /** What the control plane brings. */
  public void on(Member from, ToReplica message) {
    switch (message) {
      case Report report -> onReport(from, report);
      case Base m -> standing.ifCurrent(from, m.fence(), () -> onBase(m));
      case Apply m -> standing.ifCurrent(from, m.fence(), () -> onApply(m));
      case CopyFrom m -> standing.ifCurrent(from, m.fence(), () -> copying.onCopyFrom(m));
      case Fed m when learns(m.fence()) -> learning.onFed(m);
      case Fed m -> {}
      case Hold m -> standing.ifSameFence(m.fence(), () -> holding.onHold(step(), from, m));
      case Held m -> standing.ifSameFence(m.fence(), () -> holding.onHeld(step(), from, m));
      case LacksBytes m ->
          standing.ifSameFence(m.fence(), () -> holding.onLacksBytes(step(), from, m));
      case CopyRequest m ->
          standing.ifSameFence(m.fence(), () -> serving.onCopyRequest(from, m, step().step()));
      case PullParameters m -> serving.onPull(from, m);
      case Keep m -> standing.ifCurrent(from, m.fence(), () -> keeping.onKeep(m));
      case Publish m -> standing.ifCurrent(from, m.fence(), () -> keeping.onPublish(m));
    }
  }

  private void onReport(Member from, Report report) {
    CommitRecord newest = memory.newestRecord();
    if (!standing.obeys(from, report, newest == null ? null : newest.fence())) {
      return;
    }
    if (standing.isNew(report.fence())) {
      enter(report.fence(), report.configuration());
      if (standing.counts()) {
        soundness.examine(report.scrutiny(), step(), standing.fence());
      }
    }
    if (standing.role() == Role.NONE) {
      return;
    }
    Whole whole = step().whole();
    ReplicaReport answer =
        new ReplicaReport(
            soundness.records(),
            whole == null ? -1 : whole.step(),
            whole == null ? null : whole.facts().hash(),
            soundness.damaged(),
            step().gathered(),
            memory.records().isEmpty() ? failure : "");
    standing.answer(new Reported(report.fence(), standing.shard(), answer));
  }

  /**
   * A new fence: its configuration says what this replica is; what others held must be held anew.
   */
  private void enter(Fence raised, Configuration named) {
    boolean anotherRun = standing.isOfALaterGeneration(raised);
    if (anotherRun) {
      soundness.giveUpWhatIsDamaged();
    }
    Role before = standing.enter(raised, named);
    copying.wantNothing();
    serving.computing(List.of());
    if (step == null) {
      step = new StepGradient(named.job().grain(), memory);
    }
    if (drops != named.verdicts().drops()) {
      // A wrong piece may be in all that was gathered, and audited or not it came from one device.
      drops = named.verdicts().drops();
      step().forget();
    }
    step().nobodyElseHolds();
    Role role = standing.role();
    boolean learnsOn = role == Role.LEARNER && before == Role.LEARNER && !anotherRun;
    if (learnsOn) {
      learning.askAnew();
    } else {
      learning.forget();
      if (!standing.counts()) {
        step().forget();
        memory.forget();
      }
    }
    if (!standing.isOwner()) {
      step().dropPieces();
    }
    if (named.status() == JobStatus.CREATED && standing.counts()) {
      begin(named.orders().origin());
    }
  }

  /**
   * Whatever else a store holds while the job is only created is left from an earlier run of it.
   */
  private void begin(Origin origin) {
    CommitRecord newest = memory.newestRecord();
    if (newest != null && isWhereItBegins(newest, origin)) {
      return;
    }
    step().forget();
    memory.forget();
    if (origin.namesASnapshot()) {
      failure = memory.restore(origin, standing.fence());
    } else {
      memory.initialise();
    }
  }

  private boolean isWhereItBegins(CommitRecord newest, Origin origin) {
    return origin.namesASnapshot()
        ? origin.isLoaded(newest, standing.fence().generation())
        : newest.version() == 0 && newest.fence() == null;
  }

  private void onBase(Base message) {
    CommitRecord newest = memory.newestRecord();
    if (newest == null) {
      return;
    }
    serving.computing(message.computing());
    if (message.step() == newest.version() - 1) {
      standing.answer(new Applied(message.fence(), standing.shard(), newest));
      return;
    }
    if (message.step() != newest.version()) {
      return;
    }
    if (standing.isOwner()) {
      serving.feed(newest, step().whole());
    }
    step().begin(message.step(), message.baseHash(), standing.job().audited(message.step()));
    if (message.clearance() == Clearance.GIVEN) {
      step().clear();
    }
    if (standing.isOwner()) {
      holding.tellProgress(step(), step().seen());
    }
  }

  /** A piece that the data plane brought; it belongs to this replica from here on. */
  public void onPiece(
      WorkerId from, long ofStep, long basePrefix, TreeNode node, ShardMemory.Gradient piece) {
    if (!standing.isKnown()) {
      // Not even NOT_YET can be said: an answer counts only under the fence that it names.
      memory.release(piece);
      return;
    }
    CommitRecord newest = memory.newestRecord();
    Verdict verdict = Verdict.NOT_YET;
    if (standing.isQuarantined(from)) {
      memory.release(piece);
      verdict = Verdict.REFUSED;
    } else if (newest == null || !standing.isOwner()) {
      memory.release(piece);
    } else {
      verdict = step().offer(from, ofStep, newest.version(), basePrefix, node, piece);
    }
    out.toWorker(from, new PieceAnswer(standing.fence(), standing.shard(), ofStep, node, verdict));
    boolean open = newest != null && newest.version() == ofStep && ofStep == step().step();
    if (verdict == Verdict.COVERED && open) {
      step().gather();
      holding.tellProgress(step(), step().seenOf(node));
    }
  }

  /**
   * A whole gradient that the data plane brought from the owner; it belongs to this replica from
   * here on.
   */
  public void onGradient(Member owner, long ofStep, ShardMemory.Gradient gradient) {
    if (standing.role() == Role.LEARNER) {
      learning.onGradient(ofStep, gradient);
      return;
    }
    if (!standing.isKnown()) {
      memory.release(gradient);
      return;
    }
    holding.onGradient(step(), owner, ofStep, gradient);
  }

  private void onApply(Apply apply) {
    CommitRecord newest = memory.newestRecord();
    if (newest == null || !standing.counts()) {
      return;
    }
    Decision decision = apply.decision();
    if (decision.step() == newest.version() - 1) {
      standing.answer(new Applied(apply.fence(), standing.shard(), newest));
      return;
    }
    if (decision.step() != newest.version()) {
      return;
    }
    ShardMemory.Gradient gradient = null;
    if (!decision.skip()) {
      Whole whole = step().whole();
      Digest wanted = apply.gradient();
      if (whole == null || wanted == null || !whole.is(decision.step(), wanted)) {
        standing.answer(new LacksGradient(apply.fence(), standing.shard(), decision.step()));
        return;
      }
      gradient = whole.gradient();
    }
    CommitRecord applied = memory.apply(apply.fence(), decision, gradient);
    soundness.onWritten();
    step().dropPieces();
    step().nobodyElseHolds();
    standing.answer(new Applied(apply.fence(), standing.shard(), applied));
    if (standing.isOwner()) {
      serving.push(applied);
    }
  }

  /**
   * The data plane has brought a block of a version into the memory's staging area.
   *
   * @param fence under which it was sent
   */
  public void onBlock(Fence fence, int block, CommitRecord record) {
    if (learns(fence)) {
      learning.onBlock(block, record);
    } else if (copying.onBlock(block, record)) {
      // What it holds need not be what the version was made with by others.
      step().forget();
    }
  }

  private boolean learns(Fence fence) {
    return standing.role() == Role.LEARNER && standing.isOfThisGeneration(fence);
  }

  /** What {@link ReplicaOutput#keep} copied is on the disk, or cannot get there. */
  public void onWritten(WrittenPart part) {
    keeping.onWritten(part);
  }

  /** What {@link ReplicaOutput#publish} was to make visible is, or cannot be. */
  public void onPublished(Published done) {
    keeping.onPublished(done);
  }

  /** Repeats what only this replica can repeat: a learner's questions. */
  public void onTick() {
    if (standing.role() == Role.LEARNER) {
      learning.onTick();
    }
  }

  /**
   * The memory has found that a version it held is damaged, and holds it no longer: under a new
   * fence it is copied from another replica, or made anew.
   */
  public void onDamage(long version) {
    if (standing.counts()) {
      // The coordinator is at the step from that version, or still at the one that led to it.
      standing.answer(new LacksGradient(standing.fence(), standing.shard(), version));
      standing.answer(new LacksGradient(standing.fence(), standing.shard(), version - 1));
    }
  }

  private StepGradient step() {
    return Objects.requireNonNull(step, "no configuration is known yet");
  }
}
