package dev.sampo.simulation;

import dev.sampo.protocol.JobSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs one history to the end of its jobs. */
public final class Simulation {
  /** Every job must end within this time after the last fault. */
  private static final long BOUND_MS = 30_000;

  private static final int MAX_EVENTS = 3_000_000;

  private final World world;
  private final Schedule schedule;
  private long events;

  private Simulation(Schedule schedule, Sabotage sabotage, Trace trace) {
    this.schedule = schedule;
    this.world = new World(schedule, sabotage, trace);
  }

  /** How a history ended. */
  public record Outcome(Schedule schedule, long events, Taken taken, @Nullable String violation) {
    /** Whether no law was broken. */
    public boolean passed() {
      return violation == null;
    }
  }

  /** Runs a schedule in silence. */
  public static Outcome run(Schedule schedule) {
    return run(schedule, Sabotage.NONE, null);
  }

  /** Runs a schedule and tells every event, a line each. */
  public static Outcome trace(Schedule schedule, Consumer<String> listener) {
    return run(schedule, Sabotage.NONE, listener);
  }

  static Outcome run(Schedule schedule, Sabotage sabotage, @Nullable Consumer<String> listener) {
    Simulation simulation = new Simulation(schedule, sabotage, new Trace(listener));
    String violation = null;
    try {
      simulation.run();
    } catch (RuntimeException broken) {
      // What the core throws when an invariant of its own is broken is a violation like any other.
      violation =
          broken instanceof Violation
              ? String.valueOf(broken.getMessage())
              : broken + " at " + broken.getStackTrace()[0];
    }
    return new Outcome(schedule, simulation.events, simulation.world.taken, violation);
  }

  private void run() {
    world.founders().forEach(name -> world.machine(name).start());
    new Troubles(world).begin();
    supervise();
    hand();
    long boundMs = schedule.history().troubleMs() + BOUND_MS;
    while (!isOver()) {
      if (!world.step() || events++ > MAX_EVENTS) {
        throw new Violation("events ran out, or never end: events=" + events);
      }
      if (world.nowMs() > boundMs) {
        if (world.laws.waitsForWhatIsLost()) {
          return;
        }
        throw new Violation("no end in sight after the faults are over: " + standing());
      }
    }
  }

  private String standing() {
    List<String> lines = new ArrayList<>();
    for (JobSpec job : world.history.jobs()) {
      lines.add(job.id() + " at " + world.laws.committedVersion(job.id()));
    }
    return lines + ", configuration=" + world.laws.newest();
  }

  private boolean isOver() {
    return world.history.jobs().stream().allMatch(job -> world.laws.isOver(job.id()));
  }

  /** Hands in the first job that is not over, to whoever leads. */
  private void hand() {
    world.history.jobs().stream()
        .filter(job -> !world.laws.isOver(job.id()))
        .findFirst()
        .ifPresent(this::hand);
    world.after(60, this::hand);
  }

  private void hand(JobSpec job) {
    for (Machine machine : world.running()) {
      Life life = machine.life();
      if (life != null) {
        life.submit(job);
      }
    }
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
