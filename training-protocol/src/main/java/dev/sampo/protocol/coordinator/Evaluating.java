package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.EvaluationRule;
import dev.sampo.protocol.Evaluations;
import dev.sampo.protocol.HeldOutLoss;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.Evaluate;
import dev.sampo.protocol.message.Message.Evaluated;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.message.SlotLoss;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A committed version is to be evaluated before a step is led from it. Its held-out slots are
 * leased as those of a step are, so whoever dies is replaced and whoever is idle helps; what each
 * comes to is a function of the version and the slot, and they are added in slot order, so it does
 * not matter who found it, or in which order. The register then holds the sum, and with it, by the
 * job's rule, the order that ends the job: a coordinator that takes over either finds both there,
 * or asks again.
 */
final class Evaluating implements Phase {
  /** In whose name a job is ended that gets no better. */
  private static final String ISSUER = "early stopping";

  private final Coordinator coordinator;
  private final Reign reign;
  private final Attempt attempt;
  private final EvaluationRule rule;
  private final Interlude interlude;
  private final Leases leases;
  private final Every retry;
  private final BitSet known = new BitSet();

  /** By slot, the first that was heard of each: where classes are mixed others may differ. */
  private final Map<Integer, SlotLoss> losses = new TreeMap<>();

  /**
   * Tells all that the version is committed.
   *
   * @param attempt the step that is led afterwards
   */
  Evaluating(Coordinator coordinator, Reign reign, Attempt attempt) {
    this.coordinator = coordinator;
    this.reign = reign;
    this.attempt = attempt;
    this.rule = reign.job().evaluation();
    this.interlude = new Interlude(coordinator, reign, attempt);
    // A slot is a lease's smallest part; nothing is folded.
    Grain slotBySlot = new Grain(new CanonicalTree(rule.slots()), 1);
    this.leases = new Leases(slotBySlot, reign.settings.leaseTimeoutMs());
    this.retry = new Every(reign.settings.retryMs());
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {
    switch (message) {
      case Evaluated m when m.fence().equals(reign.fence()) && m.step() == attempt.step() ->
          onEvaluated(m.losses(), nowMs);
      default -> interlude.on(from, message, nowMs);
    }
  }

  private void onEvaluated(List<SlotLoss> found, long nowMs) {
    for (SlotLoss loss : found) {
      if (losses.putIfAbsent(loss.slot(), loss) == null) {
        known.set(loss.slot());
        reign.doubt.moved(nowMs);
      }
    }
    if (known.cardinality() == rule.slots()) {
      record(sum(), nowMs);
    } else {
      lease(false, nowMs);
    }
  }

  private HeldOutLoss sum() {
    double nats = 0;
    long tokens = 0;
    for (SlotLoss loss : losses.values()) {
      nats += loss.nats();
      tokens += loss.tokens();
    }
    return new HeldOutLoss(attempt.step(), nats, tokens);
  }

  /** In one configuration: what was found, and what follows from it. */
  private void record(HeldOutLoss loss, long nowMs) {
    Configuration next = reign.configuration().next().evaluated(loss);
    if (next.endsByItsEvaluations()) {
      Order end = end(next);
      coordinator.propose(next.ordered(end), end.text(), nowMs);
    } else {
      coordinator.propose(next, "a version was evaluated: " + loss, nowMs);
    }
  }

  private static Order end(Configuration next) {
    Evaluations evaluations = next.evaluations();
    long before = next.orders().lastOf(ISSUER).map(Order::number).orElse(0L);
    String why =
        "no better loss on the held-out text: evaluations=%d, best=%s, bestVersion=%d, last=%s, version=%d"
            .formatted(
                evaluations.sinceBest(),
                evaluations.best().loss(),
                evaluations.best().version(),
                evaluations.last().loss(),
                evaluations.last().version());
    return new Order(next.job().id(), ISSUER, before + 1, Order.Kind.CANCEL, why);
  }

  @Override
  public void onTick(long nowMs) {
    if (interlude.isOver(nowMs)) {
      return;
    }
    if (!reign.rates().isEmpty() && reign.doubt.isDue(nowMs)) {
      // Whoever has wrong bytes must find out: nobody can compute from them.
      reign.doubt.raise(Scrutiny.BYTES);
      coordinator.propose(
          reign.configuration().next(),
          "a step stands still, its version is not evaluated: step=" + attempt.step(),
          nowMs);
      return;
    }
    reign.announce(nowMs);
    leases.endThoseOfTheDead(reign.rates().keySet());
    boolean repeat = retry.isDue(nowMs);
    if (repeat) {
      interlude.tellWhatIsCommitted(
          reign.rates().keySet().stream().map(WorkerId::member).distinct().toList());
    }
    lease(repeat, nowMs);
    if (repeat) {
      interlude.remindLearners();
      reign.snapshots.repeat(reign.fence());
    }
  }

  private void lease(boolean repeat, long nowMs) {
    leases.plan(known, reign.rates(), nowMs);
    leases.forEachToSend(repeat, this::ask);
  }

  private void ask(WorkerId worker, List<TreeNode> slots) {
    reign.out.toWorker(
        worker,
        new Evaluate(
            reign.fence(),
            reign.job().id(),
            attempt.step(),
            attempt.baseHash(),
            attempt.parameters(),
            reign.configuration().owners(),
            slots.stream().map(TreeNode::first).filter(slot -> !known.get(slot)).toList()));
  }
}
