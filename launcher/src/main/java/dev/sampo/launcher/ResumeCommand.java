package dev.sampo.launcher;

import dev.sampo.protocol.Order;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sampo resume}: steps go on. */
@CommandLine.Command(
    name = "resume",
    description = {
      "Let a paused job go on.",
      "It goes on from the step that it was paused at, to the same bits as if nothing had been."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  sampo resume --seed 10.0.0.5:7700", "  sampo resume --seed 10.0.0.5:7700 --json"})
public final class ResumeCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private OrderOptions orders = new OrderOptions();

  /** For {@link java.util.ServiceLoader}. */
  public ResumeCommand() {}

  @Override
  public String example() {
    return "sampo resume --seed 10.0.0.5:7700";
  }

  @Override
  public Integer call() {
    orders.give(Order.Kind.RESUME, "", "resumed", spec.commandLine().getOut());
    return CommandLine.ExitCode.OK;
  }
}
