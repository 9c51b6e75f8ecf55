package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.coordinator.Loss;
import dev.sampo.protocol.coordinator.Submission;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Someone outside the cluster who takes the dead voters for gone for good: looks at the loss, and
 * accepts it with whoever told of it. Then the dead come back after all, with all that they had.
 * Networks say the acceptance once more, long after. Where nobody knows of a loss the dead are
 * started again.
 */
final class Bereaved {
  private static final long REPEAT_MS = 60;
  private static final int PATIENCE = 100;
  private static final int LATE_MS = 900;
  private static final long LOOKS_AFTER_MS = 5_000;

  private final World world;
  private final List<Machine> lost;
  private final long number;
  private @Nullable Machine teller;
  private long looked = -1;
  private int tries;
  private boolean over;

  /** Accepts with {@code number}, unless that cannot be. */
  Bereaved(World world, List<Machine> lost, long number) {
    this.world = world;
    this.lost = lost;
    this.number = number;
  }

  void begin() {
    if (over) {
      return;
    }
    if (++tries > PATIENCE) {
      comeBack();
    } else if (teller == null) {
      for (Machine machine : world.running()) {
        world.carry(() -> machine.run(life -> life.tellOfALoss(loss -> look(machine, loss))));
      }
    } else {
      say(teller);
    }
    world.after(REPEAT_MS, this::begin);
  }

  private void look(Machine machine, Loss loss) {
    if (teller == null && !over) {
      teller = machine;
      looked = loss.known().generation();
      world.laws.onLossAccepted(number);
    }
  }

  private void say(Machine to) {
    NodeId told = Objects.requireNonNull(teller).name;
    world.carry(() -> to.run(life -> life.acceptLoss(told, looked, number, this::hear)));
  }

  private void hear(Submission answer) {
    if (over || answer instanceof Submission.Later) {
      return;
    }
    comeBack();
    if (world.isTroubled()) {
      world.after(world.random.nextInt(LATE_MS), () -> world.running().forEach(this::say));
    }
  }

  /** That a pause was over may be lost too. */
  private void resume() {
    Configuration now = world.laws.newest();
    if (now != null && now.orders().pace() == Orders.Pace.PAUSED && !now.hasEnded()) {
      Issuer.Plan plan = new Issuer.Plan(Order.Kind.RESUME, "", 0);
      new Issuer(world, "bereaved " + number, now.job().id(), List.of(plan)).next();
    }
  }

  private void comeBack() {
    over = true;
    world.after(LOOKS_AFTER_MS, this::resume);
    for (Machine machine : lost) {
      world.after(world.random.nextInt(LATE_MS), machine::isFound);
    }
  }
}
