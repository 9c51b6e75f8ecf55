package dev.sampo.launcher;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.actors.job.ShardStatus;
import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.post.Status;
import dev.sampo.config.HostPort;
import dev.sampo.config.SampoConfig;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.DeviceId;
import dev.sampo.protocol.HeldOutLoss;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.SnapshotOrder;
import dev.sampo.protocol.membership.NodeCard;
import dev.sampo.protocol.membership.NodeCard.WorkerCard;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sampo status}: what a cluster is at. */
@CommandLine.Command(
    name = "status",
    description = "Tell what a cluster is at: its nodes, its job, its parameter shards.",
    footerHeading = "%nExamples:%n",
    footer = {"  sampo status --seed 10.0.0.5:7700", "  sampo status --seed 10.0.0.5:7700 --json"})
public final class StatusCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Option(names = "--json", description = "One JSON document instead of text.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public StatusCommand() {}

  @Override
  public String example() {
    return "sampo status --seed 10.0.0.5:7700";
  }

  @Override
  public Integer call() {
    SampoConfig config = settings.load(List.of(), List.of());
    HostPort seed = settings.seed(config);
    try (ClusterClient client = ClusterClient.connect(seed, config.node().address())) {
      Status status = JobAtHand.await(client.status());
      List<ShardStatus> shards = shards(client, status);
      if (json) {
        printJson(status, shards);
      } else {
        printText(status, shards);
      }
      return CommandLine.ExitCode.OK;
    } catch (CompletionException e) {
      throw new CommandFailure(
          "no node answered: seed=" + seed + "; hint: check the address, and whether it runs", e);
    }
  }

  /** Each shard is asked under its own name; one that is just moving does not answer in time. */
  private static List<ShardStatus> shards(ClusterClient client, Status status) {
    List<ShardStatus> found = new ArrayList<>();
    int count = Optional.ofNullable(status.configuration()).map(c -> c.shards().size()).orElse(0);
    for (int shard = 0; shard < count; shard++) {
      try {
        found.add(JobAtHand.await(client.shard(shard)));
      } catch (CompletionException e) {
        found.add(new ShardStatus(shard, "", -1, ""));
      }
    }
    return found;
  }

  private void printText(Status status, List<ShardStatus> shards) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("nodes: %d alive, asked %s%n", status.alive().size(), status.answering());
    for (NodeCard node : status.alive()) {
      out.printf(
          Locale.ROOT,
          "  %-12s data=%s:%d%s%s%n",
          node.member().node(),
          node.host(),
          node.dataPort(),
          node.stores() ? " keeps parameters" : "",
          isLeaving(status, node) ? " is to leave" : "");
      for (WorkerCard worker : node.workers()) {
        out.printf(
            Locale.ROOT,
            "    device %d: %s, %.2f slots/s%s%s%n",
            worker.device(),
            worker.kernelClass().isEmpty() ? "not ready" : worker.kernelClass(),
            worker.slotsPerSecond(),
            worker.refusal().isEmpty() ? "" : ", refused: " + worker.refusal(),
            isQuarantined(status, node, worker) ? ", in quarantine" : "");
      }
    }
    Configuration now = status.configuration();
    if (now == null) {
      out.println("job: none");
      return;
    }
    long version = status.committed() == null ? -1 : status.committed().version();
    out.printf(
        Locale.ROOT,
        "job: %s %s, step %d of %d%s, fence %s%n",
        now.job().id(),
        standing(now),
        version,
        now.job().steps(),
        loss(status),
        status.fence());
    if (!now.reason().isEmpty()) {
      out.println("  reason: " + now.reason());
    }
    HeldOutLoss last = now.evaluations().last();
    if (last.version() >= 0) {
      HeldOutLoss best = now.evaluations().best();
      out.printf(
          Locale.ROOT,
          "  validation loss: %.4f at version %d, best %.4f at version %d%n",
          last.loss(),
          last.version(),
          best.loss(),
          best.version());
    }
    SnapshotOrder snapshot = now.orders().snapshot();
    if (snapshot.state() != SnapshotOrder.State.NONE) {
      out.printf(
          Locale.ROOT,
          "  snapshot: %s, version %d, %s%n",
          snapshot.state(),
          snapshot.version(),
          snapshot.told());
    }
    now.verdicts()
        .quarantined()
        .forEach(
            found ->
                out.printf(
                    "  in quarantine, since others agree on other bits: %s; hint: mend it, and"
                        + " start its node under another name%n",
                    found));
    now.orders().last().forEach(order -> out.println("  order: " + order));
    for (ShardMembers shard : now.shards()) {
      ShardStatus held = shards.get(shard.shard());
      out.printf(
          Locale.ROOT,
          "  shard %d: owner %s, %d replicas, %d learners, version %s%n",
          shard.shard(),
          shard.owner().node(),
          shard.replicas().size(),
          shard.learners().size(),
          held.version() < 0 ? "unknown" : Long.toString(held.version()));
    }
  }

  private static boolean isLeaving(Status status, NodeCard node) {
    Configuration now = status.configuration();
    return now != null && now.isLeaving(node.member());
  }

  private static boolean isQuarantined(Status status, NodeCard node, WorkerCard worker) {
    Configuration now = status.configuration();
    return now != null
        && now.verdicts().isQuarantined(new DeviceId(node.member().node(), worker.device()));
  }

  /** A pause is no status of a job, and yet the first thing that one wants to know. */
  private static String standing(Configuration now) {
    boolean paused = now.orders().pace() == Orders.Pace.PAUSED && !now.hasEnded();
    return paused ? now.status() + " (paused)" : now.status().name();
  }

  private static String loss(Status status) {
    Decision decision = status.committed() == null ? null : status.committed().decision();
    return decision == null ? "" : String.format(Locale.ROOT, ", loss %.4f", decision.loss());
  }

  private void printJson(Status status, List<ShardStatus> shards) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode document = mapper.createObjectNode();
    document.set("status", mapper.valueToTree(status));
    document.set("shards", mapper.valueToTree(shards));
    try {
      spec.commandLine()
          .getOut()
          .println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(document));
    } catch (IOException e) {
      throw new UncheckedIOException("the status can be written as JSON", e);
    }
  }
}
