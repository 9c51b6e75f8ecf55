package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Orders;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What people order is done, once, and between two steps; and nothing else is. */
final class OrderLaws {
  private final Map<JobId, Long> newestApply = new HashMap<>();

  /**
   * One configuration was chosen after the other.
   *
   * @param mayStop for what it says, without an order
   */
  static void onChosen(Configuration before, Configuration after, boolean mayStop) {
    List<Order> obeyed =
        after.orders().last().stream()
            .filter(order -> !before.orders().last().contains(order))
            .toList();
    Laws.check(obeyed.size() <= 1, "orders were obeyed without a configuration each: " + obeyed);
    for (Order order : before.orders().last()) {
      Laws.check(
          lastNumber(after, order) >= order.number(), "an order was forgotten: order=" + order);
    }
    List<Member> told =
        after.orders().leaving().stream().filter(member -> !before.isLeaving(member)).toList();
    Laws.check(
        told.isEmpty()
            || (obeyed.size() == 1
                && obeyed.getFirst().kind() == Order.Kind.DRAIN
                && told.equals(Member.parse(obeyed.getFirst().text()).stream().toList())),
        "nodes were told to leave, and nobody ordered that: " + told);
    boolean sameRun = before.job().equals(after.job()) && after.status() != JobStatus.CREATED;
    boolean paceChanged = sameRun && before.orders().pace() != after.orders().pace();
    boolean stopped =
        after.status() == JobStatus.STOPPED && before.status() != JobStatus.STOPPED && !mayStop;
    if (paceChanged || stopped) {
      boolean pauses = after.orders().pace() == Orders.Pace.PAUSED;
      Order.Kind kind = stopped ? Order.Kind.CANCEL : pauses ? Order.Kind.PAUSE : Order.Kind.RESUME;
      Laws.check(
          obeyed.size() == 1 && obeyed.getFirst().kind() == kind,
          (stopped ? "the job stopped, and " : "")
              + "nobody ordered that: "
              + before
              + ", then "
              + after);
    }
  }

  /** An issuer hears that its order was taken, while {@code now} is the newest configuration. */
  static void onTaken(Order order, @Nullable Configuration now) {
    Laws.check(
        now != null && lastNumber(now, order) >= order.number(),
        "the register does not hold an order that was taken: order=" + order);
  }

  private static long lastNumber(Configuration configuration, Order order) {
    return configuration.orders().lastOf(order.issuer()).map(Order::number).orElse(0L);
  }

  /** In a pause no step is applied that was not under way before it. */
  void onApplySent(Configuration configuration, long step) {
    JobId job = configuration.job().id();
    long newest = newestApply.getOrDefault(job, -1L);
    if (configuration.orders().pace() == Orders.Pace.PAUSED) {
      Laws.check(
          step <= newest, "a step was applied in a pause: step=" + step + ", newest=" + newest);
    }
    newestApply.merge(job, step, Math::max);
  }
}
