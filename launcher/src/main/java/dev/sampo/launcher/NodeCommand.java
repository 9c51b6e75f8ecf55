package dev.sampo.launcher;

import dev.sampo.actors.node.NodeFailure;
import dev.sampo.actors.node.SampoNode;
import dev.sampo.config.Corpus;
import dev.sampo.config.JobConfig;
import dev.sampo.config.SampoConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sampo node}: one node of a cluster, until it is ended. */
@CommandLine.Command(
    name = "node",
    description = {
      "Run one node: it joins a cluster (--seed) or founds one, keeps parameter shards, "
          + "computes, and goes on until it is ended.",
      "SIGTERM lets it leave in good order."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo node --config cluster-config/examples/one-machine.conf",
      "  sampo node --seed 10.0.0.5:7700 -D node.address=10.0.0.6"
    })
public final class NodeCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Option(
      names = "--corpus",
      paramLabel = "FOLDER",
      description = "A prepared corpus on this machine; may be repeated.")
  private List<Path> corpora = List.of();

  @Option(
      names = "--model",
      paramLabel = "FOLDER",
      description = "A model on this machine that jobs may begin with; may be repeated.")
  private List<Path> models = List.of();

  /** For {@link java.util.ServiceLoader}. */
  public NodeCommand() {}

  @Override
  public String example() {
    return "sampo node --seed 10.0.0.5:7700 -D node.address=10.0.0.6";
  }

  @Override
  public Integer call() {
    SampoConfig config = settings.load(List.of(), List.of());
    Corpora known = Corpora.ofInstallation(allCorpora(config)).withModels(allModels(config));
    AtomicReference<@Nullable SampoNode> running = new AtomicReference<>();
    Thread leave = new Thread(() -> close(running), "sampo-leave");
    Runtime.getRuntime().addShutdownHook(leave);
    while (true) {
      SampoNode node = start(config, known);
      running.set(node);
      SampoNode.Ending ending = node.ended().toCompletableFuture().join();
      running.set(null);
      switch (ending) {
        case SampoNode.Ending.Left() -> {
          return CommandLine.ExitCode.OK;
        }
        case SampoNode.Ending.Failed(String reason) -> throw new CommandFailure(reason);
        case SampoNode.Ending.Downed() ->
            out().println("sampo node " + config.node().name() + ": was downed, begins anew");
      }
    }
  }

  private List<Path> allCorpora(SampoConfig config) {
    Corpus named = config.job().map(JobConfig::corpus).orElse(new Corpus.Shipped());
    if (named instanceof Corpus.Prepared(Path folder)) {
      return Stream.concat(corpora.stream(), Stream.of(folder)).toList();
    }
    return corpora;
  }

  private List<Path> allModels(SampoConfig config) {
    Optional<Path> named = config.job().flatMap(job -> job.first().folder());
    return Stream.concat(models.stream(), named.stream()).toList();
  }

  private SampoNode start(SampoConfig config, Corpora known) {
    try {
      SampoNode node = SampoNode.start(config.node(), config.cluster(), known);
      out()
          .printf(
              "sampo node %s: control=%s:%d data=%d folder=%s%n",
              config.node().name(),
              config.node().address(),
              node.controlPort(),
              node.dataPort(),
              node.folder());
      out().flush();
      return node;
    } catch (NodeFailure e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private static void close(AtomicReference<@Nullable SampoNode> running) {
    SampoNode node = running.get();
    if (node != null) {
      node.close();
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
