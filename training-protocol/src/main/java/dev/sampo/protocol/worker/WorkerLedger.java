package dev.sampo.protocol.worker;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.Evaluate;
import dev.sampo.protocol.message.Message.Evaluated;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.message.Message.Work;
import dev.sampo.protocol.message.Message.WorkerReported;
import dev.sampo.protocol.message.SlotLoss;
import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.message.WorkerReport;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one worker was granted, is computing, and has finished.
 *
 * <p>Finished pieces are kept until the next step is committed, since an owner that dies loses what
 * it had gathered; under a new fence they are pushed again to the owners of the day, and only
 * answers under that fence count. The step that a worker is at is told by its newest grant. One
 * ledger serves one job; its shell keeps the grants of other jobs from it.
 *
 * <p>What it was asked to evaluate comes before what it was granted, and what it has found is kept
 * as long: whoever asks again, under another fence too, gets the same answer.
 */
public final class WorkerLedger {
  private final int device;
  private final WorkerOutput out;

  private @Nullable Fence fence;
  private long redone;
  private long step = -1;
  private long stepUnderFence = -1;
  private @Nullable Digest baseHash;
  private List<Member> owners = List.of();
  private @Nullable TreeNode computing;
  private boolean computingIsStale;
  private Made making = new Made();
  private boolean ready;
  private final List<TreeNode> waiting = new ArrayList<>();

  private final Map<TreeNode, Made> finished = new LinkedHashMap<>();

  private final HeldOut heldOut = new HeldOut();

  /** Who asked for an evaluation under this fence, if somebody did. */
  private @Nullable Member asker;

  /** How much of a node is there, and who has it. */
  private static final class Made {
    /** The first shard whose part is there: parts are finished from the last to the first. */
    int first = Integer.MAX_VALUE;

    /** The shards whose owners have their part. */
    final BitSet acknowledged = new BitSet();
  }

  public WorkerLedger(int device, WorkerOutput out) {
    this.device = device;
    this.out = out;
  }

  /** The step and base whose parameters this worker needs next; -1 and null before any grant. */
  public long step() {
    return step;
  }

  public @Nullable Digest baseHash() {
    return baseHash;
  }

  public void on(Member from, ToWorker message) {
    switch (message) {
      case Report report -> onReport(from, report);
      case Grant grant -> onGrant(from, grant);
      case Evaluate evaluate -> onEvaluate(from, evaluate);
      case PieceAnswer answer -> onAnswer(answer);
    }
  }

  private void onReport(Member from, Report report) {
    if (fence != null && report.fence().isBelow(fence)) {
      out.toCoordinator(from, new Fenced(report.fence(), fence));
      return;
    }
    enter(report.fence(), report.configuration().owners());
    if (redone != report.configuration().verdicts().redone()) {
      redone = report.configuration().verdicts().redone();
      beginAnew();
    }
    List<TreeNode> leases = new ArrayList<>(finished.keySet());
    if (computing != null && !computingIsStale) {
      leases.add(computing);
    }
    leases.addAll(waiting);
    out.toCoordinator(
        from, new WorkerReported(report.fence(), new WorkerReport(device, step, baseHash, leases)));
    pushAll();
  }

  /** Turns to the version that {@code work} is computed from; says whether it is to be done. */
  private boolean turnTo(Member from, Work work) {
    if (fence != null && work.fence().isBelow(fence)) {
      out.toCoordinator(from, new Fenced(work.fence(), fence));
      return false;
    }
    if (work.fence().equals(fence) && work.step() < stepUnderFence) {
      // Overtaken on its way: under one fence the committed version only rises. Under a new one a
      // job may have fallen back.
      return false;
    }
    enter(work.fence(), work.owners());
    stepUnderFence = work.step();
    if (work.step() != step || !work.baseHash().equals(baseHash)) {
      forget();
      step = work.step();
      baseHash = work.baseHash();
    }
    return true;
  }

  private void onEvaluate(Member from, Evaluate asked) {
    if (!turnTo(from, asked)) {
      return;
    }
    asker = from;
    heldOut.ask(asked.slots());
    tell(from, heldOut.foundOf(asked.slots()));
    computeNext();
  }

  private void tell(Member coordinator, List<SlotLoss> found) {
    if (fence != null && !found.isEmpty()) {
      out.toCoordinator(coordinator, new Evaluated(fence, step, found));
    }
  }

  private void onGrant(Member from, Grant grant) {
    if (!turnTo(from, grant)) {
      return;
    }
    // A step is granted when all is evaluated.
    heldOut.ask(List.of());
    // What it has not started and is not named any more, another has taken.
    waiting.removeIf(node -> grant.nodes().stream().noneMatch(named -> named.contains(node)));
    for (TreeNode node : grant.nodes()) {
      if (!knows(node)) {
        waiting.add(node);
      }
    }
    computeNext();
    pushAll();
  }

  /**
   * Under a new fence nobody is known to have anything: an owner may be new, or have restarted. In
   * a new generation a step may come that this worker is at already, while what it computes from
   * has been overwritten by what came after (trace 32).
   */
  private void enter(Fence raised, List<Member> ownersNow) {
    if (!raised.equals(fence)) {
      if (fence != null && fence.generation() < raised.generation()) {
        beginAnew();
      }
      fence = raised;
      stepUnderFence = -1;
      asker = null;
      owners = ownersNow;
      finished.values().forEach(made -> made.acknowledged.clear());
      making.acknowledged.clear();
    }
  }

  private void beginAnew() {
    forget();
    step = -1;
    baseHash = null;
  }

  private void forget() {
    finished.keySet().forEach(node -> out.drop(step, node));
    finished.clear();
    waiting.clear();
    heldOut.forget();
    computingIsStale = computing != null;
    ready = false;
  }

  private boolean knows(TreeNode node) {
    boolean underWay = computing != null && !computingIsStale && computing.contains(node);
    return underWay
        || waiting.stream().anyMatch(other -> other.contains(node))
        || finished.keySet().stream().anyMatch(other -> other.contains(node));
  }

  /** The node holds all parameters of this version, verified. */
  public void onParameters(long version, Digest verified) {
    if (version == step && verified.equals(baseHash)) {
      ready = true;
      computeNext();
    }
  }

  private void computeNext() {
    if (!ready || computing != null || heldOut.isComputing()) {
      return;
    }
    Integer slot = heldOut.begin();
    if (slot != null) {
      out.evaluate(step, base(), slot);
    } else if (!waiting.isEmpty()) {
      TreeNode next = waiting.removeFirst();
      computing = next;
      computingIsStale = false;
      making = new Made();
      out.compute(step, base(), next);
    }
  }

  /**
   * The shell is computing {@code node}, and the parts from shard {@code first} on are there: they
   * are pushed while the others are computed.
   */
  public void onPart(TreeNode node, int first) {
    if (node.equals(computing) && !computingIsStale) {
      pushFrom(first, node, making);
    }
  }

  /** The shell has computed {@code node}, as it was last told to. */
  public void onComputed(long computedStep, TreeNode node) {
    boolean stale = computingIsStale;
    computing = null;
    computingIsStale = false;
    if (stale) {
      out.drop(computedStep, node);
    } else {
      finished.put(node, making);
      pushFrom(0, node, making);
    }
    computeNext();
  }

  /** The shell has found the loss of a slot, as it was last told to. */
  public void onEvaluated(SlotLoss loss) {
    if (heldOut.end(loss) && asker != null) {
      tell(asker, List.of(loss));
    }
    computeNext();
  }

  private void onAnswer(PieceAnswer answer) {
    boolean isUnderWay = answer.node().equals(computing) && !computingIsStale;
    Made made = isUnderWay ? making : finished.get(answer.node());
    if (made != null
        && answer.fence().equals(fence)
        && answer.step() == step
        && answer.verdict() != Verdict.NOT_YET) {
      made.acknowledged.set(answer.shard());
    }
  }

  /** Pushes again what some owner has not answered for. */
  public void onTick() {
    pushAll();
  }

  private void pushAll() {
    finished.forEach((node, made) -> push(node, made, 0, owners.size()));
    if (computing != null && !computingIsStale) {
      push(computing, making, making.first, owners.size());
    }
  }

  /** Pushes what was not there before. */
  private void pushFrom(int first, TreeNode node, Made made) {
    push(node, made, first, Math.min(made.first, owners.size()));
    made.first = first;
  }

  private void push(TreeNode node, Made made, int first, int end) {
    for (int shard = first; shard < end; shard++) {
      if (!made.acknowledged.get(shard)) {
        out.push(owners.get(shard), shard, step, base(), node);
      }
    }
  }

  private Digest base() {
    if (baseHash == null) {
      throw new IllegalStateException("nothing was granted yet: step=" + step);
    }
    return baseHash;
  }
}
