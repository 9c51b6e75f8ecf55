package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.actors.event.EventLog;
import dev.sampo.config.SampoConfig;
import dev.sampo.launcher.ledger.EventTail;
import dev.sampo.launcher.ledger.RunLedger;
import dev.sampo.launcher.local.LocalRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Help.Ansi;

/** Commands of this process, and a tiny job on node processes, all below one folder. */
public final class Playground {
  /** For whatever a healthy cluster does, on a machine that is busy with other things, too. */
  static final Duration LIMIT = Duration.ofMinutes(4);

  private final List<String> heard = new ArrayList<>();
  private final Map<JobAtHand, Path> files = new HashMap<>();
  private final Supplier<Path> folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /**
   * Everything is below this folder.
   *
   * @param folder as JUnit has set it by the time that it is asked
   */
  public Playground(Supplier<Path> folder) {
    this.folder = folder;
  }

  /** Runs a command line, and says how it ended. */
  int execute(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<Command> commands =
        ServiceLoader.load(Command.class).stream().map(ServiceLoader.Provider::get).toList();
    return Sampo.commandLine(
            commands, new PrintWriter(out, true), new PrintWriter(err, true), Ansi.OFF)
        .execute(args);
  }

  /** Runs a command line that must end well, and says what it printed. */
  public String run(String... args) {
    assertEquals(0, execute(args), err::toString);
    return out();
  }

  /** What the last command printed. */
  String out() {
    return out.toString();
  }

  /** What the last command complained about. */
  String err() {
    return err.toString();
  }

  /**
   * A job of one layer, 4 slots and 3 shards, unless {@code more} says otherwise.
   *
   * @param more settings of the job
   */
  JobAtHand job(String name, long steps, int replicas, String... more) throws IOException {
    Path corpus = folder.get().resolve("corpus");
    if (!Files.exists(corpus)) {
      Path text =
          Files.writeString(folder.get().resolve("a.txt"), "to be, or not to be\n".repeat(5_000));
      run("prepare", "" + text, "--out", "" + corpus);
    }
    Path file =
        Files.writeString(
            folder.get().resolve(name + "-" + steps + "-" + replicas + ".conf"),
            """
            cluster.replicas = %d
            job {
              name = %s
              steps = %d
              model { layers = 1, heads = 2, width = 32, context = 32 }
              data.corpus = "%s"
              batch { slots = 4, sequences = 2 }
              shards = 3
              %s
            }
            """
                .formatted(replicas, name, steps, corpus, String.join("\n  ", more)));
    JobAtHand job = JobAtHand.of(SampoConfig.load(List.of(file), List.of()));
    files.put(job, file);
    return job;
  }

  /** What the runs told: nodes that ended by themselves. */
  List<String> heard() {
    return heard;
  }

  /** A run without nodes. */
  LocalRun prepared(JobAtHand job, String name, List<String> voters) {
    return new LocalRun(job, folder.get().resolve(name), voters, 1, new Ear());
  }

  /** A run of these nodes, of which the first one votes at first, with the job handed in. */
  LocalRun start(JobAtHand job, String name, List<String> nodes) {
    return start(job, name, nodes, List.of(nodes.getFirst()));
  }

  LocalRun start(JobAtHand job, String name, List<String> nodes, List<String> voters) {
    LocalRun run = prepared(job, name, voters);
    nodes.forEach(run::start);
    run.submit(nodes.size(), LIMIT);
    return run;
  }

  static void awaitVersion(LocalRun run, long version) {
    run.require(() -> run.ledger().version() >= version, LIMIT, "no step was committed");
  }

  /** Waits for the end; the digests of the models that the living nodes have written. */
  static Set<String> finish(LocalRun run) {
    run.require(run::isExported, LIMIT, "the job did not finish");
    return run.ledger().exports().values().stream()
        .map(export -> export.sha256())
        .collect(Collectors.toSet());
  }

  /**
   * The digest of what comes out when one node trains and nobody disturbs it. Nobody kills that
   * one, so it lives in this process, whose code the compiler knows already.
   *
   * @param job from {@link #job}
   */
  Set<String> undisturbed(JobAtHand job) throws IOException {
    String told = train(job, "undisturbed", "--validate-tokens", "0");
    String end = told.lines().reduce("", (before, line) -> line);
    return Set.of(new ObjectMapper().readTree(end).path("sha256").asText());
  }

  /** What a node of this process, alone with the job, tells of it, and logs as {@link #logOf}. */
  String train(JobAtHand job, String name, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of("train", Objects.requireNonNull(files.get(job)).toString(), "--json"));
    for (String setting :
        List.of(
            "node.folder=\"" + folder.get().resolve(name) + "\"",
            "node.devices=[{kind=cpu,threads=1}]",
            "node.memory=1GiB",
            "node.data-plane.term=1MiB")) {
      arguments.addAll(List.of("-D", setting));
    }
    arguments.addAll(List.of(options));
    return run(arguments.toArray(String[]::new));
  }

  /** What a node of that name logged that has trained in this process. */
  RunLedger logOf(String name) throws IOException {
    RunLedger ledger = new RunLedger();
    Path events = folder.get().resolve(name).resolve(EventLog.FILE);
    new EventTail(events).poll().forEach(ledger::take);
    return ledger;
  }

  private final class Ear implements LocalRun.Listener {
    @Override
    public void event(String line) {
      heard.add(line);
    }

    @Override
    public void progress(LocalRun run) {}
  }
}
