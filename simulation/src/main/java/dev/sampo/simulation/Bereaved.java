package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.coordinator.Acceptance;
import dev.sampo.protocol.coordinator.Loss;
import dev.sampo.protocol.coordinator.Submission;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Someone outside the cluster who takes the dead voters for gone for good: looks at the loss,
 * accepts it, and looks anew where that is refused. Then the dead come back after all, with all
 * that they had. Networks say each acceptance once more, long after. Where nobody knows of a loss
 * the dead are started again.
 */
final class Bereaved {
  private static final long REPEAT_MS = 60;
  private static final int PATIENCE = 100;

  /** Clocks go faster than jobs are handed in, each of which begins a generation. */
  private static final long APART = 1_000;

  private static final int LATE_MS = 900;
  private static final long LOOKS_AFTER_MS = 5_000;

  private final World world;
  private final List<Machine> lost;
  private final long firstNumber;
  private final List<Acceptance> said = new ArrayList<>();
  private @Nullable Acceptance acceptance;
  private int tries;
  private boolean over;

  /** Accepts with {@code firstNumber}, or one after it. */
  Bereaved(World world, List<Machine> lost, long firstNumber) {
    this.world = world;
    this.lost = lost;
    this.firstNumber = firstNumber;
  }

  void begin() {
    if (over) {
      return;
    }
    Acceptance saying = acceptance;
    if (++tries > PATIENCE) {
      comeBack();
    } else if (saying == null) {
      eachThatRuns(life -> life.tellOfALoss(this::look));
    } else {
      say(saying);
    }
    world.after(REPEAT_MS, this::begin);
  }

  /** Whoever leads answers. */
  private void eachThatRuns(Consumer<Life> asked) {
    for (Machine machine : world.running()) {
      world.carry(() -> machine.run(asked));
    }
  }

  private void look(Loss loss) {
    if (acceptance == null && !over) {
      acceptance = Acceptance.of(loss, firstNumber + said.size() * APART);
      said.add(acceptance);
      world.laws.onLossAccepted(acceptance.number());
    }
  }

  private void say(Acceptance saying) {
    eachThatRuns(life -> life.acceptLoss(saying, answer -> hear(saying, answer)));
  }

  private void hear(Acceptance about, Submission answer) {
    switch (answer) {
      case Submission.Later() -> {}
      case Submission.Refused _ when about.equals(acceptance) -> acceptance = null;
      case Submission.Refused _ -> {}
      case Submission.Taken() -> comeBack();
    }
  }

  /** That a pause was over may be lost too. */
  private void resume() {
    Configuration now = world.laws.newest();
    if (now != null && now.orders().pace() == Orders.Pace.PAUSED && !now.hasEnded()) {
      Issuer.Plan plan = new Issuer.Plan(Order.Kind.RESUME, "", 0);
      new Issuer(world, "bereaved " + firstNumber, now.job().id(), List.of(plan)).next();
    }
  }

  private void comeBack() {
    if (over) {
      return;
    }
    over = true;
    if (world.isTroubled()) {
      said.forEach(late -> world.after(world.random.nextInt(LATE_MS), () -> say(late)));
    }
    world.after(LOOKS_AFTER_MS, this::resume);
    for (Machine machine : lost) {
      world.after(world.random.nextInt(LATE_MS), machine::isFound);
    }
  }
}
