package dev.sampo.launcher;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.actors.job.JobModel;
import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.node.Jobs;
import dev.sampo.config.ConfigFaults;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.SampoConfig;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.SnapshotRule;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sampo restore}: a cluster's job goes back to a snapshot. */
@CommandLine.Command(
    name = "restore",
    description = {
      "Let a running cluster go on from a snapshot, whatever has become of its stores.",
      "Every file is checked first. The job is the one that left the snapshot; it may be running, "
          + "have ended, or be new to the cluster. What was committed after the snapshot is given "
          + "up. All nodes that hold parameters must see the folder under the same name."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo restore /shared/snapshots/9c41e0b2a7d35f18/v000000000500 --seed 10.0.0.5:7700",
      "  sampo restore /shared/snapshots/9c41e0b2a7d35f18/v000000000500 --seed 10.0.0.5:7700 --json"
    })
public final class RestoreCommand implements Command {
  private static final long LIMIT_SECONDS = 60;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Parameters(
      paramLabel = "SNAPSHOT_FOLDER",
      description = "The folder of one version, such as v000000000500.")
  private Path folder = Path.of("");

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description = "Copies of each parameter shard that are wanted; default: ${DEFAULT-VALUE}.")
  private int replicas = 2;

  @Option(
      names = "--snapshot-every",
      paramLabel = "STEPS",
      description = "Leave snapshots every so many steps from now on; default: none by itself.")
  private long snapshotEvery;

  @Option(names = "--json", description = "One JSON document instead of text.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public RestoreCommand() {}

  @Override
  public String example() {
    return "sampo restore runs/snapshots/9c41e0b2a7d35f18/v000000000500 --seed 10.0.0.5:7700";
  }

  @Override
  public Integer call() {
    SampoConfig config = settings.load(List.of(), List.of());
    SnapshotAtHand snapshot = SnapshotAtHand.of(folder);
    PinnedJob recipe = recipe(snapshot);
    JobSpec job = job(recipe);
    snapshot.requireFor(job, JobModel.shapeOf(recipe).layout().total());
    Origin origin = snapshot.origin();
    try (ClusterClient client =
        ClusterClient.connect(settings.seed(config), config.node().address())) {
      new HandingIn("restore", LIMIT_SECONDS).untilTaken(() -> client.submit(job, origin));
    }
    tell(job, origin);
    return CommandLine.ExitCode.OK;
  }

  private static PinnedJob recipe(SnapshotAtHand snapshot) {
    try {
      return PinnedJob.parse(snapshot.manifest().recipe());
    } catch (ConfigFaults e) {
      throw new CommandFailure(
          "a snapshot names a job of this version of sampo: folder="
              + snapshot.folder()
              + ", reason="
              + e.getMessage()
              + "; hint: restore it with the sampo that wrote it",
          e);
    }
  }

  private JobSpec job(PinnedJob recipe) {
    try {
      return Jobs.spec(recipe, replicas).withSnapshots(new SnapshotRule(snapshotEvery, 2));
    } catch (IllegalArgumentException e) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private void tell(JobSpec job, Origin origin) {
    if (json) {
      var document = new ObjectMapper().createObjectNode();
      document.put("restored", origin.folder());
      document.put("job", job.id().value());
      document.put("version", origin.version());
      document.put("number", origin.number());
      spec.commandLine().getOut().println(document.toPrettyString());
    } else {
      spec.commandLine()
          .getOut()
          .printf(
              "restored: job=%s, version=%d, steps=%d, from=%s%n",
              job.id(), origin.version(), job.steps(), origin.folder());
    }
  }
}
