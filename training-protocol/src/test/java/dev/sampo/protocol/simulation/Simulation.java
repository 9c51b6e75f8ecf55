package dev.sampo.protocol.simulation;

import dev.sampo.protocol.JobSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs one history to the end of its jobs. Fails with the seed, the last events and the command
 * that replays it.
 */
final class Simulation {
  private static final long BOUND_MS = 30_000;
  private static final int MAX_EVENTS = 3_000_000;

  private final History history;
  private final World world;
  private long events;

  private Simulation(History history, Plant plant) {
    this.history = history;
    this.world = new World(history, plant);
  }

  /** Runs the history of {@code seed}; returns the number of its events. */
  static long run(long seed) {
    return run(History.of(seed), Plant.NONE);
  }

  static long run(History history, Plant plant) {
    Simulation simulation = new Simulation(history, plant);
    try {
      simulation.run();
    } catch (RuntimeException broken) {
      throw new AssertionError(
          broken.getMessage()
              + "\n"
              + history
              + "\n"
              + simulation.world.trace
              + "replay: mvn -pl training-protocol test -Dtest=SimulationTest -Dsampo.seed="
              + history.seed(),
          broken);
    }
    return simulation.events;
  }

  private void run() {
    world.machines.values().forEach(Machine::start);
    new Trouble(world).begin();
    supervise();
    hand(0);
    while (!isOver()) {
      if (!world.step() || events++ > MAX_EVENTS) {
        throw new Violation("events ran out, or never end: events=" + events);
      }
      if (world.nowMs() > history.troubleMs() + BOUND_MS) {
        throw new Violation("no end in sight after the faults are over: " + standing());
      }
    }
    for (Machine machine : world.running()) {
      Life life = machine.life();
      if (life != null && life.job() != null) {
        life.job().checkGradients();
      }
    }
  }

  private String standing() {
    List<String> lines = new ArrayList<>();
    for (JobSpec job : history.jobs()) {
      lines.add(job.id() + " at " + world.laws.committedVersion(job.id()));
    }
    return lines + ", configuration=" + world.laws.newest();
  }

  private boolean isOver() {
    return history.jobs().stream().allMatch(job -> world.laws.isFinished(job.id()));
  }

  /** Hands the jobs in, one after the other, to whoever leads. */
  private void hand(int index) {
    if (index == history.jobs().size()) {
      return;
    }
    JobSpec job = history.jobs().get(index);
    boolean done = world.laws.isFinished(job.id());
    if (!done) {
      for (Machine machine : world.running()) {
        Life life = machine.life();
        if (life != null) {
          life.submit(job);
        }
      }
    }
    world.after(60, () -> hand(done ? index + 1 : index));
  }

  /** Somebody should lead; in troubled times several may, and the wrong one may. */
  private void supervise() {
    List<Machine> running = world.running();
    List<Machine> leading = new ArrayList<>();
    for (Machine machine : running) {
      Life life = machine.life();
      if (life != null && life.leads()) {
        leading.add(machine);
      }
    }
    if (leading.isEmpty() && !running.isEmpty()) {
      Machine next = world.isTroubled() ? world.any(running) : running.getFirst();
      Life life = next.life();
      if (life != null) {
        life.lead();
      }
    } else if (leading.size() > 1 && (!world.isTroubled() || world.chance(0.15))) {
      Life life = (world.isTroubled() ? world.any(leading) : leading.getLast()).life();
      if (life != null) {
        life.stopLeading();
      }
    }
    world.after(40, this::supervise);
  }
}
