package dev.sampo.launcher;

import dev.sampo.actors.node.ClusterClient;
import dev.sampo.config.SampoConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sampo submit}: hands a job to a running cluster. */
@CommandLine.Command(
    name = "submit",
    description = {
      "Hand a job to a running cluster.",
      "Submitting the same job twice does it once. The job goes on whatever happens to "
          + "this process."
    },
    footerHeading = "%nExamples:%n",
    footer = "  sampo submit cluster-config/examples/demo.conf --seed 10.0.0.5:7700")
public final class SubmitCommand implements Command {
  private static final long LIMIT_SECONDS = 30;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Parameters(paramLabel = "JOB.conf", description = "The job's settings file.")
  private @Nullable Path job;

  /** For {@link java.util.ServiceLoader}. */
  public SubmitCommand() {}

  @Override
  public String example() {
    return "sampo submit cluster-config/examples/demo.conf --seed 10.0.0.5:7700";
  }

  @Override
  public Integer call() {
    SampoConfig config = settings.load(job == null ? List.of() : List.of(job), List.of());
    JobAtHand atHand = JobAtHand.of(config);
    try (ClusterClient client =
        ClusterClient.connect(settings.seed(config), config.node().address())) {
      atHand.submit(client, LIMIT_SECONDS);
    }
    spec.commandLine()
        .getOut()
        .printf(
            "submitted: job=%s, name=%s, steps=%d%n",
            atHand.spec().id(), atHand.job().recipe().name(), atHand.spec().steps());
    return CommandLine.ExitCode.OK;
  }
}
