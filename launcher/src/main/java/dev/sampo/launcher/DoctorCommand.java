package dev.sampo.launcher;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.actors.job.NodePaths;
import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.plane.DataPlane;
import dev.sampo.actors.plane.SurveyedPath;
import dev.sampo.config.HostPort;
import dev.sampo.config.SampoConfig;
import dev.sampo.gradient.Finding;
import dev.sampo.gradient.Preflight;
import dev.sampo.protocol.membership.NodeCard;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sampo doctor}: whether a node can run here, and how the nodes of a cluster are linked. */
@CommandLine.Command(
    name = "doctor",
    description = {
      "Examine this machine as a node's start does: its address, link, socket buffers "
          + "and the memory for streams.",
      "With --seed, or node.seeds in the settings, also let each node of a running "
          + "cluster measure its paths to all others: route, round trip, bandwidth, "
          + "datagrams, clocks. Exit code 1 if anything is refused."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo doctor",
      "  sampo doctor --config node.conf",
      "  sampo doctor --seed 10.0.0.5:7700 --json"
    })
public final class DoctorCommand implements Command {
  /** The life of no node. */
  private static final long NOBODY = 1;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Option(names = "--json", description = "One JSON document instead of text.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public DoctorCommand() {}

  @Override
  public String example() {
    return "sampo doctor --seed 10.0.0.5:7700";
  }

  @Override
  public Integer call() {
    SampoConfig config = settings.load(List.of(), List.of());
    boolean asksCluster = !config.node().seeds().isEmpty();
    // Beside a running cluster its node's port is rightly taken here.
    SampoConfig here = asksCluster ? settings.load(List.of(), List.of("node.data-port=0")) : config;
    List<Finding> machine =
        Preflight.examine(DataPlane.settings(here.node(), here.cluster().detector(), NOBODY));
    List<NodePaths> paths =
        asksCluster ? paths(settings.seed(config), config.node().address()) : List.of();
    if (json) {
      printJson(machine, paths);
    } else {
      printText(machine, paths);
    }
    boolean refused =
        Stream.concat(
                machine.stream(),
                paths.stream().flatMap(node -> node.paths().stream()).map(SurveyedPath::finding))
            .anyMatch(finding -> finding.level() == Finding.Level.REFUSAL);
    return refused ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
  }

  /** One node after the other: two measurements at once would disturb each other. */
  private List<NodePaths> paths(HostPort seed, String ownAddress) {
    List<NodePaths> all = new ArrayList<>();
    try (ClusterClient client = ClusterClient.connect(seed, ownAddress)) {
      for (NodeCard node : JobAtHand.await(client.status()).alive()) {
        spec.commandLine().getErr().println("measuring: paths of " + node.member().node());
        all.add(JobAtHand.await(client.paths(node.member().node())));
      }
      return all;
    } catch (CompletionException e) {
      throw new CommandFailure(
          "no node answered: seed=" + seed + "; hint: check the address, and whether it runs", e);
    }
  }

  private void printText(List<Finding> machine, List<NodePaths> paths) {
    PrintWriter out = spec.commandLine().getOut();
    out.println("this machine:");
    machine.forEach(finding -> print(out, finding));
    for (NodePaths node : paths) {
      out.println("paths of " + node.node() + ":");
      node.paths().forEach(path -> print(out, path.finding()));
      if (node.paths().isEmpty()) {
        out.println("  no other node is connected");
      }
    }
  }

  private static void print(PrintWriter out, Finding finding) {
    out.printf(
        Locale.ROOT,
        "  %-8s %-16s %s%n",
        finding.level().name().toLowerCase(Locale.ROOT),
        finding.check(),
        finding.message());
  }

  private void printJson(List<Finding> machine, List<NodePaths> paths) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode document = mapper.createObjectNode();
    document.set("machine", mapper.valueToTree(machine));
    ArrayNode nodes = document.putArray("nodes");
    for (NodePaths node : paths) {
      ObjectNode one = nodes.addObject().put("node", node.node().name());
      one.set("paths", mapper.valueToTree(node.paths()));
    }
    try {
      spec.commandLine()
          .getOut()
          .println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(document));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("findings can be written as JSON", e);
    }
  }
}
