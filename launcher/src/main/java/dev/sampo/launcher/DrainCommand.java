package dev.sampo.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sampo drain}: a node hands over what it has, and leaves. */
@CommandLine.Command(
    name = "drain",
    description = {
      "Let a node hand over what it has of the running job, leave the cluster, and end.",
      "Training goes on meanwhile: other nodes get copies of its parameter shards first, its",
      "vote and its slots of each step go to others, and no bit of the model changes. It is",
      "refused while nobody could succeed the node. Started again, the node joins as any other."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo drain gpu-3 --seed 10.0.0.5:7700",
      "  sampo drain gpu-3 --seed 10.0.0.5:7700 --json"
    })
public final class DrainCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private OrderOptions orders = new OrderOptions();

  @Parameters(paramLabel = "NODE", description = "The name of the node, as sampo status tells it.")
  private String node = "";

  /** For {@link java.util.ServiceLoader}. */
  public DrainCommand() {}

  @Override
  public String example() {
    return "sampo drain gpu-3 --seed 10.0.0.5:7700";
  }

  @Override
  public Integer call() {
    orders.drain(node, spec.commandLine().getOut());
    return CommandLine.ExitCode.OK;
  }
}
