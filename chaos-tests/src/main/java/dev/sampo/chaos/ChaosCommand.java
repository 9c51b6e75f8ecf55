package dev.sampo.chaos;

import dev.sampo.config.SampoConfig;
import dev.sampo.launcher.Command;
import dev.sampo.launcher.CommandFailure;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.Outcome;
import dev.sampo.launcher.local.Folders;
import dev.sampo.launcher.local.Screen;
import dev.sampo.launcher.local.Trial;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sampo chaos}: real nodes, real kills, and a verdict. */
@CommandLine.Command(
    name = "chaos",
    description = "Kill nodes of a local cluster and see whether it minds.",
    synopsisSubcommandLabel = "COMMAND")
public final class ChaosCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** For {@link java.util.ServiceLoader}. */
  public ChaosCommand() {}

  @Override
  public String example() {
    return "sampo chaos run smoke --seed 7";
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /** {@code sampo chaos list}: what can be run. */
  @CommandLine.Command(name = "list", description = "List the scenarios.")
  int list() {
    PrintWriter out = spec.commandLine().getOut();
    Scenario.ALL.forEach(
        scenario -> out.printf("%-8s %s%n", scenario.name(), scenario.description()));
    return CommandLine.ExitCode.OK;
  }

  /** {@code sampo chaos run}: one scenario under one seed. */
  @CommandLine.Command(
      name = "run",
      description = {
        "Train a small job on three local nodes while a scenario happens to them, and the same job",
        "undisturbed; compare the hashes and check the invariants in the nodes' event logs.",
        "Exit code 0 if all held, 1 if one did not, 2 if one could not be checked."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  sampo chaos run smoke --seed 7",
        "  sampo chaos run smoke --seed 7 --keep /tmp/smoke --json"
      })
  int run(
      @Parameters(paramLabel = "SCENARIO", description = "One of sampo chaos list.") String name,
      @Option(
              names = "--seed",
              paramLabel = "N",
              defaultValue = "1",
              description = "Seed of the moments and of who is hit; default: ${DEFAULT-VALUE}.")
          long seed,
      @Option(
              names = "--recovery-limit",
              paramLabel = "S",
              defaultValue = "" + Trial.RECOVERY_LIMIT_S,
              description = {
                "Seconds from a kill to the next committed step that are still well;",
                "default: ${DEFAULT-VALUE}. Three nodes on two slow cores may want 60."
              })
          long recoverySeconds,
      @Option(
              names = "--keep",
              paramLabel = "FOLDER",
              description =
                  "Write everything to this folder, and keep the nodes' folders and logs.")
          @Nullable Path keep,
      @Option(
              names = "--json",
              description = "Print one JSON document on stdout, and everything else on stderr.")
          boolean json,
      @Option(
              names = "-D",
              paramLabel = "KEY=VALUE",
              description = "Override a setting of the job, such as -D job.steps=800.")
          @Nullable List<String> overrides) {
    Scenario scenario =
        Scenario.named(name)
            .orElseThrow(() -> new ParameterException(spec.commandLine(), unknown(name)));
    if (recoverySeconds < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "a recovery takes at least a second: --recovery-limit="
              + recoverySeconds
              + "; hint: "
              + Trial.RECOVERY_LIMIT_S
              + " on a machine that does nothing else");
    }
    Path root = Path.of(System.getProperty("sampo.root", "."));
    String own = "chaos-%s-%d".formatted(name, seed);
    Path folder = (keep != null ? keep : root.resolve("runs").resolve(own)).toAbsolutePath();
    List<String> more = overrides == null ? List.of() : overrides;
    ChaosRun run =
        new ChaosRun(
            scenario, seed, job(root, scenario, 2, more), job(root, scenario, 1, more), folder);
    PrintWriter people = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    Screen screen =
        new Screen(people, spec.commandLine().getColorScheme().ansi().enabled(), System::nanoTime);
    try {
      ChaosReport report = run.run(screen, Duration.ofSeconds(recoverySeconds));
      report.lines().forEach(screen::line);
      if (json) {
        spec.commandLine().getOut().println(report.json());
      }
      Outcome outcome = report.verdict().outcome();
      if (outcome == Outcome.PASS && keep == null) {
        Folders.delete(folder.resolve("nodes"));
      } else {
        screen.line("the nodes' logs: " + folder.resolve("nodes"));
      }
      return outcome.exitCode();
    } catch (IOException e) {
      throw new CommandFailure(
          "a chaos run could not use its files: folder="
              + folder
              + ", reason="
              + e.getMessage()
              + "; hint: is it writable, with room for 200 MB?",
          e);
    }
  }

  private static String unknown(String name) {
    return "no such scenario: name=%s, known=%s"
        .formatted(
            name, Scenario.ALL.stream().map(Scenario::name).collect(Collectors.joining(",")));
  }

  private static JobAtHand job(Path root, Scenario scenario, int replicas, List<String> overrides) {
    List<String> all = new ArrayList<>(scenario.settings());
    all.add("cluster.replicas=" + replicas);
    all.addAll(overrides);
    return JobAtHand.of(
        SampoConfig.load(List.of(root.resolve("cluster-config/examples/demo.conf")), all));
  }
}
