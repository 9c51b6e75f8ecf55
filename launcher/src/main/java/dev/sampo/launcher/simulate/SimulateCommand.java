package dev.sampo.launcher.simulate;

import dev.sampo.launcher.Command;
import dev.sampo.launcher.CommandFailure;
import dev.sampo.launcher.local.Screen;
import dev.sampo.simulation.Campaign;
import dev.sampo.simulation.Schedule;
import dev.sampo.simulation.Simulation;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sampo simulate}: random histories of the protocol, each law checked after each event. */
@CommandLine.Command(
    name = "simulate",
    description = {
      "Run random histories of the protocol in virtual time: messages are lost and "
          + "repeated, processes and disks fail, clocks jump, and after every event its laws "
          + "are checked.",
      "Exit code 1 if one is broken; the shortest schedule that does it is shown then."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo simulate",
      "  sampo simulate --histories 100000 --seed 1",
      "  sampo simulate --trace 4711"
    })
public final class SimulateCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--histories",
      paramLabel = "N",
      description = "How many histories to run; default: ${DEFAULT-VALUE}.")
  private long histories = 10_000;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of the first history, the next has the next; default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--jobs",
      paramLabel = "J",
      description = "Histories to run at once; default: one a core. Results do not depend on it.")
  private int jobs = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--trace",
      paramLabel = "SEED",
      description = "Run this one history and tell every event of it.")
  private @Nullable Long trace;

  @Option(
      names = "--only",
      paramLabel = "FAULTS",
      description = "With --trace: only these parts of its schedule, as a finding names them.")
  private @Nullable String only;

  @Option(
      names = "--json",
      description = "Print one JSON document on stdout, and everything else on stderr.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public SimulateCommand() {}

  @Override
  public String example() {
    return "sampo simulate --histories 100000";
  }

  @Override
  public Integer call() {
    if (histories < 1 || jobs < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "a campaign needs histories and jobs of at least 1: histories=%d, jobs=%d; hint: leave them out for the defaults"
              .formatted(histories, jobs));
    }
    if (only != null && trace == null) {
      throw new ParameterException(
          spec.commandLine(), "--only needs a seed: trace=none; hint: add --trace SEED");
    }
    return trace != null ? tellOne(trace) : runMany();
  }

  private int tellOne(long of) {
    Schedule schedule = only == null ? Schedule.of(of) : part(of, only);
    PrintWriter people = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    Simulation.Outcome outcome = Simulation.trace(schedule, people::println);
    String law = outcome.violation();
    people.println(
        law == null
            ? "every law held: seed=%d, events=%d".formatted(of, outcome.events())
            : "violation: %s, seed=%d, events=%d".formatted(law, of, outcome.events()));
    people.flush();
    if (json) {
      spec.commandLine().getOut().println(SimulationReport.json(outcome));
    }
    return law == null ? 0 : 1;
  }

  private Schedule part(long of, String words) {
    return Schedule.parse(of, words)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "--only takes numbers of faults, and loss, duplicates, delays: only='%s'; hint: copy the replay line of a finding"
                        .formatted(words)));
  }

  private int runMany() {
    PrintWriter people = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    boolean terminal = spec.commandLine().getColorScheme().ansi().enabled();
    Screen screen = new Screen(people, terminal, System::nanoTime);
    long beganNanos = System.nanoTime();
    Campaign.Result result;
    try {
      result =
          Campaign.run(
              seed,
              histories,
              jobs,
              progress ->
                  screen.progress(
                      () -> SimulationReport.progress(progress, System.nanoTime() - beganNanos)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(
          "the campaign was interrupted: histories=" + histories + "; hint: start it again", e);
    }
    SimulationReport report =
        new SimulationReport(seed, jobs, result, (System.nanoTime() - beganNanos) / 1e9);
    report.lines().forEach(screen::line);
    if (json) {
      spec.commandLine().getOut().println(report.json());
    }
    return result.passed() ? 0 : 1;
  }
}
