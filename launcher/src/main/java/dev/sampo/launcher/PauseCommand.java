package dev.sampo.launcher;

import dev.sampo.protocol.Order;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sampo pause}: no further step begins. */
@CommandLine.Command(
    name = "pause",
    description = {
      "Let a running job begin no further step, until sampo resume.",
      "The step under way is committed or left for later, never half done. What is computed",
      "is kept, nodes may come and go, and copies heal."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  sampo pause --seed 10.0.0.5:7700", "  sampo pause --seed 10.0.0.5:7700 --json"})
public final class PauseCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private OrderOptions orders = new OrderOptions();

  /** For {@link java.util.ServiceLoader}. */
  public PauseCommand() {}

  @Override
  public String example() {
    return "sampo pause --seed 10.0.0.5:7700";
  }

  @Override
  public Integer call() {
    orders.give(Order.Kind.PAUSE, "", "paused", spec.commandLine().getOut());
    return CommandLine.ExitCode.OK;
  }
}
