package dev.sampo.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sampo snapshot}: a committed version as files. */
@CommandLine.Command(
    name = "snapshot",
    description = {
      "Let a running job leave a snapshot of the version that is committed next.",
      "Steps go on meanwhile. Nodes write their parts into node.snapshots: a whole snapshot needs",
      "one folder there that all nodes share."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo snapshot --seed 10.0.0.5:7700",
      "  sampo snapshot --seed 10.0.0.5:7700 --json"
    })
public final class SnapshotCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private OrderOptions orders = new OrderOptions();

  /** For {@link java.util.ServiceLoader}. */
  public SnapshotCommand() {}

  @Override
  public String example() {
    return "sampo snapshot --seed 10.0.0.5:7700";
  }

  @Override
  public Integer call() {
    orders.snapshot(spec.commandLine().getOut());
    return CommandLine.ExitCode.OK;
  }
}
