package dev.sampo.launcher;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sampo bench}: measures one part of Sampo on this machine. */
@CommandLine.Command(
    name = "bench",
    description = "Measure a part of Sampo on this machine.",
    synopsisSubcommandLabel = "COMMAND")
public final class BenchCommand implements Command {
  private @Spec CommandSpec spec = CommandSpec.create();

  /** For {@link ServiceLoader}. */
  public BenchCommand() {}

  @Override
  public String example() {
    return "sampo bench compute";
  }

  @Override
  public void addTo(CommandLine line) {
    List<Bench> benches =
        ServiceLoader.load(Bench.class).stream().map(ServiceLoader.Provider::get).toList();
    benches.stream()
        .sorted(Comparator.comparing(bench -> CommandSpec.forAnnotatedObject(bench).name()))
        .forEach(line::addSubcommand);
    line.getCommandSpec()
        .usageMessage()
        .footerHeading("%nExamples:%n")
        .footer(
            benches.stream().map(bench -> "  " + bench.example()).sorted().toArray(String[]::new));
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a bench is missing");
  }
}
