package dev.sampo.launcher;

import dev.sampo.config.ConfigFault;
import dev.sampo.config.ConfigFaults;
import dev.sampo.config.SampoConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sampo config}: looks at settings without using them. */
@CommandLine.Command(
    name = "config",
    description = "Check settings files.",
    synopsisSubcommandLabel = "COMMAND")
public final class ConfigCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** For {@link java.util.ServiceLoader}. */
  public ConfigCommand() {}

  @Override
  public String example() {
    return "sampo config check cluster-config/examples/demo.conf";
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /** {@code sampo config check}: reports every fault of every file. */
  @CommandLine.Command(
      name = "check",
      description = {
        "Check settings files, each by itself, and report every fault of all of them.",
        "Exit code 2 if there is one."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  sampo config check cluster-config/examples/demo.conf",
        "  sampo config check node.conf -D node.name=anvil -D node.address=10.0.0.6"
      })
  int check(
      @Parameters(arity = "1..*", paramLabel = "FILE", description = "Settings files in HOCON.")
          List<Path> files,
      @Option(
              names = "-D",
              paramLabel = "KEY=VALUE",
              description = "Override a setting, such as -D job.steps=10.")
          @Nullable List<String> overrides) {
    PrintWriter out = spec.commandLine().getOut();
    List<String> given = overrides == null ? List.of() : overrides;
    List<ConfigFault> faults = new ArrayList<>();
    for (Path file : files) {
      try {
        SampoConfig config = SampoConfig.load(List.of(file), given);
        out.printf(
            "ok: file=%s, node=%s, job=%s%n",
            file,
            config.node().name(),
            config.job().map(job -> job.recipe().name()).orElse("(none)"));
      } catch (ConfigFaults found) {
        faults.addAll(found.faults());
      }
    }
    if (!faults.isEmpty()) {
      throw new ConfigFaults(faults);
    }
    return CommandLine.ExitCode.OK;
  }
}
