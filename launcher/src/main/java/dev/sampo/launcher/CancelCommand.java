package dev.sampo.launcher;

import dev.sampo.protocol.Order;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sampo cancel}: a job stops for good. */
@CommandLine.Command(
    name = "cancel",
    description = {
      "Stop a running job for good.",
      "What it has committed stays in the folders of the nodes. Submitted again, the same job",
      "begins anew."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo cancel --seed 10.0.0.5:7700",
      "  sampo cancel --seed 10.0.0.5:7700 --reason 'the learning rate is too high'"
    })
public final class CancelCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why, as sampo status will tell; by default: ${DEFAULT-VALUE}.",
      defaultValue = "somebody cancelled it")
  private String reason = "somebody cancelled it";

  @Mixin private OrderOptions orders = new OrderOptions();

  /** For {@link java.util.ServiceLoader}. */
  public CancelCommand() {}

  @Override
  public String example() {
    return "sampo cancel --seed 10.0.0.5:7700";
  }

  @Override
  public Integer call() {
    orders.give(Order.Kind.CANCEL, reason, "cancelled", spec.commandLine().getOut());
    return CommandLine.ExitCode.OK;
  }
}
