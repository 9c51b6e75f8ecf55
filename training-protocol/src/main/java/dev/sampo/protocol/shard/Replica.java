package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.Coverage;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Held;
import dev.sampo.protocol.message.Message.Hold;
import dev.sampo.protocol.message.Message.LacksBytes;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.ReplicaReport;
import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
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
 *  CopyFrom    (asks the source) ... Applied
 *  CopyRequest the bytes
 * </pre>
 *
 * Anything under a fence below the highest known is answered {@code Fenced} and has no effect.
 */
public final class Replica {
  /** Pieces held besides the log2(S)+1 that are kept back. */
  private static final int PIECE_LIMIT = 64;

  /** A whole gradient: of one step, held until the step after it begins. */
  private record Whole(long step, ShardMemory.Gradient gradient, GradientFacts facts) {}

  private enum Role {
    /** Named by no configuration that it knows. */
    NONE,
    LEARNER,
    REPLICA,
    OWNER
  }

  private final Member self;
  private final int shard;
  private final ShardMemory memory;
  private final ReplicaOutput out;

  private @Nullable Fence fence;
  private @Nullable Configuration configuration;
  private @Nullable Member coordinator;
  private Role role = Role.NONE;

  private @Nullable Pieces pieces;
  private @Nullable Whole whole;
  private final Set<Member> heldBy = new TreeSet<>();
  private @Nullable Digest base;
  private long baseStep = -1;
  private List<Member> computing = List.of();
  private @Nullable CopyFrom copying;

  public Replica(Member self, int shard, ShardMemory memory, ReplicaOutput out) {
    this.self = self;
    this.shard = shard;
    this.memory = memory;
    this.out = out;
  }

  /** What the control plane brings. */
  public void on(Member from, ToReplica message) {
    switch (message) {
      case Report report -> onReport(from, report);
      case Base m -> ifCurrent(from, m.fence(), () -> onBase(m));
      case Apply m -> ifCurrent(from, m.fence(), () -> onApply(m));
      case CopyFrom m -> ifCurrent(from, m.fence(), () -> onCopyFrom(m));
      case Hold m -> ifSameFence(m.fence(), () -> onHold(from, m));
      case Held m -> ifSameFence(m.fence(), () -> onHeld(from, m));
      case LacksBytes m -> ifSameFence(m.fence(), () -> onLacksBytes(from, m));
      case CopyRequest m -> ifSameFence(m.fence(), () -> onCopyRequest(from, m));
      case PullParameters m -> onPull(from, m);
    }
  }

  private void onReport(Member from, Report report) {
    if (fence != null && report.fence().isBelow(fence)) {
      out.toCoordinator(from, new Fenced(report.fence(), fence));
      return;
    }
    coordinator = from;
    if (!report.fence().equals(fence)) {
      enter(report.fence(), report.configuration());
    }
    if (role == Role.NONE) {
      return;
    }
    ReplicaReport answer =
        new ReplicaReport(
            memory.records(),
            whole == null ? -1 : whole.step,
            whole == null ? null : whole.facts.hash(),
            pieces().coverage());
    out.toCoordinator(from, new Reported(report.fence(), shard, answer));
  }

  /**
   * A new fence: its configuration says what this replica is; what others held must be held anew.
   */
  private void enter(Fence raised, Configuration named) {
    fence = raised;
    configuration = named;
    heldBy.clear();
    copying = null;
    computing = List.of();
    if (pieces == null) {
      pieces = new Pieces(new CanonicalTree(named.job().slots()), memory, PIECE_LIMIT);
    }
    Role before = role;
    role = roleIn(named);
    if (role == Role.NONE || (role == Role.LEARNER && before != Role.LEARNER)) {
      forgetStep();
      memory.forget();
    }
    if (role != Role.OWNER) {
      pieces().clear();
    }
    if (named.status() == JobStatus.CREATED && (role == Role.OWNER || role == Role.REPLICA)) {
      beginAtVersionZero();
    }
  }

  /**
   * Whatever else a store holds while the job is only created is left from an earlier run of it.
   */
  private void beginAtVersionZero() {
    CommitRecord newest = newest();
    if (newest == null || newest.version() != 0) {
      forgetStep();
      memory.forget();
      memory.initialise();
    }
  }

  private Role roleIn(Configuration named) {
    ShardMembers members = named.shards().get(shard);
    if (members.owner().equals(self)) {
      return Role.OWNER;
    }
    if (members.replicas().contains(self)) {
      return Role.REPLICA;
    }
    return members.learners().contains(self) ? Role.LEARNER : Role.NONE;
  }

  private void onBase(Base message) {
    CommitRecord newest = newest();
    if (newest == null) {
      return;
    }
    computing = message.computing();
    if (message.step() == newest.version() - 1) {
      answer(new Applied(message.fence(), shard, newest));
      return;
    }
    if (message.step() != newest.version()) {
      return;
    }
    if (whole != null && whole.step < message.step()) {
      memory.release(whole.gradient);
      whole = null;
    }
    if (base != null && baseStep == message.step() && !base.equals(message.baseHash())) {
      forgetStep();
    }
    base = message.baseHash();
    baseStep = message.step();
    if (role == Role.OWNER) {
      tellProgress();
    }
  }

  /** The owner's answer to Base: how far the step's gradient is. */
  private void tellProgress() {
    Whole gradient = whole;
    if (gradient == null) {
      answer(new Coverage(fence(), shard, baseStep, pieces().coverage()));
      return;
    }
    heldBy.add(self);
    List<Member> lacking =
        members().replicas().stream().filter(other -> !heldBy.contains(other)).toList();
    if (lacking.isEmpty()) {
      answer(new Reduced(fence(), shard, gradient.step, gradient.facts));
    } else {
      Hold hold = new Hold(fence(), gradient.step, gradient.facts.hash());
      lacking.forEach(other -> out.toReplica(other, hold));
      answer(new Coverage(fence(), shard, baseStep, List.of(new CanonicalTree(slots()).root())));
    }
  }

  /** A piece that the data plane brought; it belongs to this replica from here on. */
  public void onPiece(
      WorkerId from, long step, long basePrefix, TreeNode node, ShardMemory.Gradient piece) {
    if (fence == null) {
      // Not even NOT_YET can be said: an answer counts only under the fence that it names.
      memory.release(piece);
      return;
    }
    Verdict verdict = judge(step, basePrefix, node, piece);
    out.toWorker(from, new PieceAnswer(fence, shard, step, node, verdict));
    CommitRecord newest = newest();
    boolean open = newest != null && newest.version() == step;
    if (verdict == Verdict.COVERED && role == Role.OWNER && step == baseStep && open) {
      ShardMemory.Gradient root = whole == null ? pieces().takeRoot() : null;
      if (root != null) {
        whole = new Whole(step, root, memory.examine(root));
        // A late Held of the step before must not count for this one.
        heldBy.clear();
      }
      tellProgress();
    }
  }

  private Verdict judge(long step, long basePrefix, TreeNode node, ShardMemory.Gradient piece) {
    CommitRecord newest = newest();
    Verdict verdict = null;
    if (newest == null || role != Role.OWNER || step > newest.version()) {
      verdict = Verdict.NOT_YET;
    } else if (step < newest.version()) {
      verdict = Verdict.COVERED;
    } else if (base == null || baseStep != step) {
      verdict = Verdict.NOT_YET;
    } else if (base.prefix() != basePrefix || !new CanonicalTree(slots()).holds(node)) {
      verdict = Verdict.REFUSED;
    } else if (whole != null) {
      verdict = Verdict.COVERED;
    }
    if (verdict != null) {
      memory.release(piece);
      return verdict;
    }
    return pieces().offer(node, piece);
  }

  private void onHold(Member owner, Hold hold) {
    if (role == Role.REPLICA && members().owner().equals(owner)) {
      CommitRecord newest = newest();
      boolean past = newest != null && newest.version() > hold.step();
      boolean holds =
          whole != null && whole.step == hold.step() && whole.facts.hash().equals(hold.gradient());
      if (past || holds) {
        out.toReplica(owner, new Held(hold.fence(), hold.step(), hold.gradient()));
      } else {
        out.toReplica(owner, new LacksBytes(hold.fence(), hold.step(), hold.gradient()));
      }
    }
  }

  private void onLacksBytes(Member replica, LacksBytes lacks) {
    Whole gradient = whole;
    if (role == Role.OWNER
        && gradient != null
        && gradient.step == lacks.step()
        && gradient.facts.hash().equals(lacks.gradient())
        && members().replicas().contains(replica)) {
      out.sendGradient(replica, gradient.step, gradient.facts.hash(), gradient.gradient);
    }
  }

  /**
   * A whole gradient that the data plane brought from the owner; it belongs to this replica from
   * here on.
   */
  public void onGradient(Member owner, long step, ShardMemory.Gradient gradient) {
    CommitRecord newest = newest();
    boolean wanted =
        role == Role.REPLICA
            && members().owner().equals(owner)
            && newest != null
            && newest.version() == step;
    if (!wanted) {
      memory.release(gradient);
      return;
    }
    if (whole != null) {
      memory.release(whole.gradient);
    }
    whole = new Whole(step, gradient, memory.examine(gradient));
    out.toReplica(owner, new Held(fence(), step, whole.facts.hash()));
  }

  private void onHeld(Member replica, Held held) {
    Whole gradient = whole;
    if (role == Role.OWNER
        && gradient != null
        && gradient.step == held.step()
        && gradient.facts.hash().equals(held.gradient())
        && baseStep == held.step()
        && members().replicas().contains(replica)
        && heldBy.add(replica)) {
      tellProgress();
    }
  }

  private void onApply(Apply apply) {
    CommitRecord newest = newest();
    if (newest == null || role == Role.LEARNER || role == Role.NONE) {
      return;
    }
    Decision decision = apply.decision();
    if (decision.step() == newest.version() - 1) {
      answer(new Applied(apply.fence(), shard, newest));
      return;
    }
    if (decision.step() != newest.version()) {
      return;
    }
    ShardMemory.Gradient gradient = null;
    if (!decision.skip()) {
      Whole held = whole;
      if (held == null
          || held.step != decision.step()
          || !held.facts.hash().equals(apply.gradient())) {
        answer(new LacksGradient(apply.fence(), shard, decision.step()));
        return;
      }
      gradient = held.gradient;
    }
    CommitRecord applied = memory.apply(apply.fence(), decision, gradient);
    pieces().clear();
    heldBy.clear();
    answer(new Applied(apply.fence(), shard, applied));
    if (role == Role.OWNER) {
      computing.forEach(node -> out.sendParameters(node, applied));
    }
  }

  // Copies: a replica that recovery found a version behind, and learners.

  private void onCopyFrom(CopyFrom message) {
    CommitRecord newest = newest();
    if (newest != null && newest.version() == message.record().version()) {
      answer(new Applied(message.fence(), shard, newest));
      return;
    }
    copying = message;
    long have = newest == null ? -1 : newest.version();
    out.toReplica(message.source(), new CopyRequest(message.fence(), have));
  }

  private void onCopyRequest(Member asker, CopyRequest request) {
    CommitRecord newest = newest();
    if (newest == null) {
      return;
    }
    boolean isReplica = members().replicas().contains(asker);
    boolean isLearner = members().learners().contains(asker);
    // A learner gets what is committed: the version that Base named. A replica that is behind gets
    // the version that recovery found decided.
    CommitRecord wanted = isReplica ? newest : isLearner ? record(baseStep) : null;
    if (wanted != null && wanted.version() > request.have()) {
      out.sendCopy(asker, wanted);
    }
  }

  /** The data plane has brought a whole version into the memory's staging area. */
  public void onCopy(CommitRecord record) {
    if (role == Role.LEARNER) {
      CommitRecord newest = newest();
      boolean newer = newest == null || record.version() > newest.version();
      if (newer && memory.adoptCopy(record)) {
        answer(new CaughtUp(fence(), shard, record));
      }
      return;
    }
    CopyFrom wanted = copying;
    if (wanted != null && wanted.record().sameBits(record) && memory.adoptCopy(record)) {
      copying = null;
      pieces().clear();
      answer(new Applied(wanted.fence(), shard, record));
    }
  }

  /** Repeats what only this replica can repeat: a learner's question for something newer. */
  public void onTick() {
    if (role == Role.LEARNER) {
      CommitRecord newest = newest();
      if (newest != null) {
        answer(new CaughtUp(fence(), shard, newest));
      }
      long have = newest == null ? -1 : newest.version();
      out.toReplica(members().owner(), new CopyRequest(fence(), have));
    }
  }

  /**
   * The memory has found that a version it held is damaged, and holds it no longer: under a new
   * fence it is copied from another replica, or made anew.
   */
  public void onDamage(long version) {
    if (fence != null && (role == Role.REPLICA || role == Role.OWNER)) {
      // The coordinator is at the step from that version, or still at the one that led to it.
      answer(new LacksGradient(fence, shard, version));
      answer(new LacksGradient(fence, shard, version - 1));
    }
  }

  private void onPull(Member node, PullParameters pull) {
    CommitRecord held = record(pull.version());
    if (held != null && held.parameters().equals(pull.parameters())) {
      out.sendParameters(node, held);
    }
  }

  // Fences.

  private void ifCurrent(Member from, Fence of, Runnable action) {
    if (fence != null && of.isBelow(fence)) {
      out.toCoordinator(from, new Fenced(of, fence));
    } else {
      ifSameFence(of, action);
    }
  }

  /** A higher fence than the known one has not reported here yet: its sender will ask again. */
  private void ifSameFence(Fence of, Runnable action) {
    if (of.equals(fence)) {
      action.run();
    }
  }

  private void forgetStep() {
    pieces().clear();
    if (whole != null) {
      memory.release(whole.gradient);
      whole = null;
    }
    base = null;
    baseStep = -1;
  }

  private void answer(ToCoordinator message) {
    if (coordinator != null) {
      out.toCoordinator(coordinator, message);
    }
  }

  private @Nullable CommitRecord newest() {
    List<CommitRecord> records = memory.records();
    return records.isEmpty() ? null : records.getFirst();
  }

  private @Nullable CommitRecord record(long version) {
    for (CommitRecord record : memory.records()) {
      if (record.version() == version) {
        return record;
      }
    }
    return null;
  }

  private Fence fence() {
    return Objects.requireNonNull(fence, "no fence is known yet");
  }

  private Pieces pieces() {
    return Objects.requireNonNull(pieces, "no configuration is known yet");
  }

  private Configuration configuration() {
    return Objects.requireNonNull(configuration, "no configuration is known yet");
  }

  private ShardMembers members() {
    return configuration().shards().get(shard);
  }

  private int slots() {
    return configuration().job().slots();
  }
}
