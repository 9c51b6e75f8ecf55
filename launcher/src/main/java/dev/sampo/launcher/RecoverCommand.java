package dev.sampo.launcher;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.post.LossStatus;
import dev.sampo.config.HostPort;
import dev.sampo.config.SampoConfig;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.coordinator.Acceptance;
import dev.sampo.protocol.coordinator.Loss;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sampo recover}: what a cluster has lost, and how it goes on without it. */
@CommandLine.Command(
    name = "recover",
    description = {
      "Tell whether a majority of the voters answers, and what there is without it.",
      "Nodes that come back with their folders bring everything back: nothing is lost by waiting. "
          + "With --accept-loss those who answer go on without the others, from what they know. "
          + "What the others alone had heard of is lost: orders, and which nodes held which "
          + "shards. The model's bits are not. Where the job mixes classes of devices it stops, and "
          + "goes on from a snapshot (sampo restore). Should the others come back after all, they "
          + "follow."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:a majority answers, or the loss was accepted",
      "1:no majority answers, or the loss was not accepted",
      "2:the command line is not understood"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo recover --seed 10.0.0.5:7700",
      "  sampo recover --seed 10.0.0.5:7700 --accept-loss"
    })
public final class RecoverCommand implements Command {
  private static final long LIMIT_SECONDS = 90;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Option(
      names = "--accept-loss",
      description = "The voters that do not answer are gone for good: go on without them.")
  private boolean acceptLoss;

  @Option(names = "--json", description = "One JSON document instead of text.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public RecoverCommand() {}

  @Override
  public String example() {
    return "sampo recover --seed 10.0.0.5:7700 --accept-loss";
  }

  @Override
  public Integer call() {
    SampoConfig config = settings.load(List.of(), List.of());
    HostPort seed = settings.seed(config);
    try (ClusterClient client = ClusterClient.connect(seed, config.node().address())) {
      LossStatus status = look(client, seed);
      Loss loss = status.loss();
      if (loss != null && acceptLoss) {
        accept(client, seed, loss);
      }
      if (json) {
        printJson(status);
      } else {
        printText(status);
      }
      return loss == null || acceptLoss ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
  }

  /** Whoever told of the loss may not lead any more: then it is looked at and accepted anew. */
  private static void accept(ClusterClient client, HostPort seed, Loss looked) {
    HandingIn handing = new HandingIn("acceptance", LIMIT_SECONDS);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    Loss loss = looked;
    while (true) {
      Acceptance acceptance = Acceptance.of(loss, System.currentTimeMillis());
      Optional<String> refusal = handing.untilAnswered(() -> client.acceptLoss(acceptance));
      if (refusal.isEmpty()) {
        return;
      }
      loss = look(client, seed).loss();
      if (loss == null || !loss.isAs(looked) || System.nanoTime() > deadline) {
        throw new CommandFailure(refusal.get());
      }
    }
  }

  /** A coordinator that was cut off while it acted takes some seconds to ask all anew. */
  private static LossStatus look(ClusterClient client, HostPort seed) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    String last = "the coordinator knows of none";
    while (System.nanoTime() < deadline) {
      try {
        LossStatus status = JobAtHand.await(client.loss());
        if (status.inForce() != null || status.loss() != null) {
          return status;
        }
      } catch (CompletionException e) {
        last = "no answer";
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new CommandFailure(
        "nobody knows of a configuration: seed="
            + seed
            + ", waited-seconds="
            + LIMIT_SECONDS
            + ", reason="
            + last
            + "; hint: a cluster that never had a job has none to lose; check sampo status");
  }

  private void printText(LossStatus status) {
    PrintWriter out = spec.commandLine().getOut();
    Loss loss = status.loss();
    if (loss == null) {
      Configuration now = Objects.requireNonNull(status.inForce());
      out.printf(
          "a majority of the voters answers: job=%s, status=%s, voters=%s%n",
          now.job().id(), now.status(), now.voters());
      out.println("nothing is lost that they know of; see sampo status");
      return;
    }
    Configuration known = loss.known();
    out.printf(
        "no majority of the voters answers: voters=%s, missing=%s, answering=%s%n",
        known.voters(), loss.missing(), loss.present());
    out.printf(
        "  newest configuration that is known: job=%s, status=%s, generation=%d, number=%d%n",
        known.job().id(), known.status(), known.generation(), known.number());
    loss.shardsWithoutAReplica()
        .forEach(
            shard ->
                out.printf(
                    "  shard %d: no replica is there; hint: start its nodes, or sampo restore%n",
                    shard));
    if (acceptLoss) {
      out.printf("the loss is accepted: voters=%s%n", loss.successors());
    } else {
      out.println(
          "start the missing nodes and nothing is lost; if they are gone for good: sampo recover"
              + " --accept-loss");
    }
  }

  private void printJson(LossStatus status) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode document = mapper.createObjectNode();
    Loss loss = status.loss();
    Configuration known = loss == null ? status.inForce() : loss.known();
    document.put("majority", loss == null);
    document.put("accepted", loss != null && acceptLoss);
    putKnown(document, Objects.requireNonNull(known));
    if (loss != null) {
      loss.missing().forEach(document.putArray("missing")::addPOJO);
      loss.shardsWithoutAReplica().forEach(document.putArray("shardsWithoutAReplica")::add);
    }
    spec.commandLine().getOut().println(document.toPrettyString());
  }

  private static void putKnown(ObjectNode document, @Nullable Configuration known) {
    if (known != null) {
      document.put("job", known.job().id().value());
      document.put("status", known.status().name());
      document.put("generation", known.generation());
      known.voters().forEach(voter -> document.withArray("/voters").add(voter.name()));
    }
  }
}
