package dev.sampo.launcher.demo;

import dev.sampo.config.SampoConfig;
import dev.sampo.launcher.Command;
import dev.sampo.launcher.CommandFailure;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.Outcome;
import dev.sampo.launcher.local.Screen;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sampo demo}: the main job, end to end, while nodes are killed. */
@CommandLine.Command(
    name = "demo",
    description = {
      "Train a small GPT on Java sources on three node processes, kill -9 the node with "
          + "the coordinator and later one with a parameter shard, and show what it cost: "
          + "about two minutes.",
      "Exit code 1 if a check fails, 2 if one could not be made."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo demo",
      "  sampo demo --verify --seed 7",
      "  sampo demo --fast --verify --json"
    })
public final class DemoCommand implements Command {
  /** A model that is nothing but quick. */
  private static final List<String> FAST =
      List.of(
          "job.name=demo-fast",
          "job.steps=200",
          "job.model.layers=2",
          "job.model.heads=2",
          "job.model.width=64",
          "job.model.context=64");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--verify",
      description = "Also train the job undisturbed on one node, and compare hash and losses.")
  private boolean verify;

  @Option(names = "--fast", description = "A much smaller job: about half a minute.")
  private boolean fast;

  @Option(
      names = "--json",
      description = "Print one JSON document on stdout, and everything else on stderr.")
  private boolean json;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the moments at which nodes are killed; default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--keep",
      paramLabel = "FOLDER",
      description = "Write everything to this folder, and keep the nodes' folders and logs.")
  private @Nullable Path keep;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Override a setting of the job, such as -D job.steps=100.")
  private List<String> overrides = new ArrayList<>();

  /** For {@link java.util.ServiceLoader}. */
  public DemoCommand() {}

  @Override
  public String example() {
    return "sampo demo --verify";
  }

  @Override
  public Integer call() {
    Path root = Path.of(System.getProperty("sampo.root", "."));
    Path file = root.resolve("cluster-config/examples/demo.conf");
    PrintWriter people = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    Screen screen = new Screen(people, onTerminal(), System::nanoTime);
    Path folder = keep != null ? keep : root.resolve("runs").resolve("demo-" + seed);
    Demo demo =
        new Demo(
            new Demo.Wish(seed, folder.toAbsolutePath(), keep != null, verify),
            job(file, "cluster.replicas=2"),
            job(file, "cluster.replicas=1"),
            screen);
    DemoReport report;
    try {
      report = demo.run();
    } catch (IOException e) {
      throw new CommandFailure(
          "the demonstration could not use its files: reason="
              + e.getMessage()
              + "; hint: is "
              + folder
              + " writable, with room for 200 MB?",
          e);
    }
    report.lines().forEach(screen::line);
    screen.line("report: " + folder.resolve("report.json"));
    if (json) {
      spec.commandLine().getOut().println(report.json());
    }
    Outcome outcome = report.verdict().outcome();
    return outcome.exitCode();
  }

  private JobAtHand job(Path file, String replicas) {
    List<String> all = new ArrayList<>(fast ? FAST : List.of());
    all.add(replicas);
    all.addAll(overrides);
    return JobAtHand.of(SampoConfig.load(List.of(file), all));
  }

  private boolean onTerminal() {
    return spec.commandLine().getColorScheme().ansi().enabled();
  }
}
