package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.membership.ClusterView;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Orders that were handed in and wait for a moment between two steps. Nothing here need survive:
 * whoever orders repeats it until the register holds it, and the register tells what is repeated.
 */
final class OrderBook {
  private final Map<String, Order> waiting = new LinkedHashMap<>();

  /**
   * What there is to say to an order while {@code now} is in force.
   *
   * @param view who is alive
   */
  Submission hand(Order order, Configuration now, ClusterView view) {
    if (!now.job().id().equals(order.job())) {
      return new Submission.Refused(
          "an order is for the job that the cluster has: ordered="
              + order.job()
              + ", job="
              + now.job().id()
              + "; hint: look at sampo status");
    }
    Optional<Order> last = now.orders().lastOf(order.issuer());
    if (last.isPresent() && last.get().number() >= order.number()) {
      return last.get().equals(order) ? new Submission.Taken() : overtaken(order, last.get());
    }
    if (now.hasEnded()) {
      return new Submission.Refused(
          "a job that has ended obeys no order: job="
              + now.job().id()
              + ", status="
              + now.status()
              + (now.reason().isEmpty() ? "" : ", reason=" + now.reason())
              + "; hint: look at sampo status");
    }
    if (last.isEmpty() && now.orders().last().size() >= Orders.MOST_ISSUERS) {
      return new Submission.Refused(
          "a job's register remembers a limited number of issuers: limit="
              + Orders.MOST_ISSUERS
              + ", issuer="
              + order.issuer()
              + "; hint: order under a name that sampo status --json shows");
    }
    Optional<String> refusal = Drain.refusal(order, now, view);
    if (refusal.isPresent()) {
      return new Submission.Refused(refusal.get());
    }
    waiting.merge(
        order.issuer(), order, (known, next) -> known.number() > next.number() ? known : next);
    return new Submission.Later();
  }

  private static Submission overtaken(Order order, Order last) {
    return new Submission.Refused(
        "an issuer's orders have rising numbers: ordered="
            + order
            + ", last="
            + last
            + "; hint: set this machine's clock, or order under another name");
  }

  /**
   * Takes out the next order that is still to be obeyed under {@code now}. One that no longer can
   * be is dropped: whoever repeats it hears why.
   */
  Optional<Order> next(Configuration now, ClusterView view) {
    Iterator<Order> orders = waiting.values().iterator();
    while (orders.hasNext()) {
      Order order = orders.next();
      orders.remove();
      boolean isNews =
          now.orders().lastOf(order.issuer()).stream()
              .allMatch(last -> last.number() < order.number());
      boolean isForNow = now.job().id().equals(order.job()) && !now.hasEnded();
      if (isNews && isForNow && Drain.refusal(order, now, view).isEmpty()) {
        return Optional.of(order);
      }
    }
    return Optional.empty();
  }
}
