package dev.sampo.launcher;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program {@code sampo}: finds the commands, runs one, and ends with its exit code. */
@CommandLine.Command(
    name = "sampo",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Trains the same model, bit for bit, on whatever machines you have, and goes on when they"
            + " fail.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footerHeading = "%nExamples:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed; the last line says why and what to do",
      "2:wrongly called, or settings at fault"
    })
public final class Sampo implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show stack traces of failures.")
  private boolean debug;

  Sampo() {}

  /** Runs the command line and ends the process. Colours come only on a terminal. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
    PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
    List<Command> commands =
        ServiceLoader.load(Command.class).stream().map(ServiceLoader.Provider::get).toList();
    System.exit(commandLine(commands, out, err, Ansi.AUTO).execute(args));
  }

  /** The command line made of these commands, writing to these streams. */
  static CommandLine commandLine(
      List<Command> commands, PrintWriter out, PrintWriter err, Ansi colours) {
    Sampo sampo = new Sampo();
    CommandLine line = new CommandLine(sampo);
    commands.stream()
        .sorted(Comparator.comparing(Sampo::nameOf))
        .forEach(
            command -> {
              CommandLine own = new CommandLine(command);
              command.addTo(own);
              line.addSubcommand(own);
            });
    line.getCommandSpec().usageMessage().footer(examples(commands));
    Failures failures = new Failures(sampo);
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(out)
        .setErr(err)
        .setColorScheme(CommandLine.Help.defaultColorScheme(colours))
        .setExecutionExceptionHandler(failures)
        .setParameterExceptionHandler(failures);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  boolean isDebugging() {
    return debug;
  }

  private static String[] examples(List<Command> commands) {
    return Stream.concat(
            commands.stream().map(Command::example).sorted(), Stream.of("sampo --version"))
        .map(example -> "  " + example)
        .toArray(String[]::new);
  }

  private static String nameOf(Command command) {
    return CommandSpec.forAnnotatedObject(command).name();
  }
}
