package dev.sampo.simulation;

import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.coordinator.Submission;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Someone outside the cluster who orders: says an order again and again to whoever leads until it
 * is answered, and only then the next. Now and then an old order is said once more, as networks do.
 */
final class Issuer {
  private static final long REPEAT_MS = 60;
  private static final double SAYS_AN_OLD_ONE = 0.1;

  /** What to order, and how long to wait after it was taken. */
  record Plan(Order.Kind kind, String text, long thenWaitMs) {}

  private final World world;
  private final String name;
  private final JobId job;
  private final Queue<Plan> plans;
  private final List<Order> given = new ArrayList<>();
  private @Nullable Order current;

  Issuer(World world, String name, JobId job, List<Plan> plans) {
    this.world = world;
    this.name = name;
    this.job = job;
    this.plans = new ArrayDeque<>(plans);
  }

  void next() {
    Plan plan = plans.peek();
    if (plan != null) {
      Order order = new Order(job, name, given.size() + 1L, plan.kind(), plan.text());
      given.add(order);
      current = order;
      repeat(order);
    }
  }

  private void repeat(Order order) {
    if (!order.equals(current)) {
      return;
    }
    // An ended job obeys nothing, but it may go back, and what was said may still be on its way.
    if (!world.laws.isOver(job)) {
      say(order);
      if (world.chance(SAYS_AN_OLD_ONE)) {
        say(world.any(given));
      }
    }
    world.after(REPEAT_MS, () -> repeat(order));
  }

  private void say(Order order) {
    for (Machine machine : world.running()) {
      world.carry(() -> machine.run(life -> life.order(order, this::hear)));
    }
  }

  private void hear(Order order, Submission answer) {
    if (answer instanceof Submission.Taken) {
      world.laws.onTaken(order);
      Plan plan = plans.peek();
      if (plan != null && order.equals(current)) {
        plans.remove();
        current = null;
        world.after(plan.thenWaitMs(), this::next);
      }
    }
  }
}
