package dev.sampo.launcher;

import dev.sampo.config.ConfigFaults;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what commands throw into lines for people and an exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
  static final int FAILED = 1;
  static final int WRONGLY_CALLED = 2;

  private final Sampo options;

  Failures(Sampo options) {
    this.options = options;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine commandLine, ParseResult parsed) {
    PrintWriter err = commandLine.getErr();
    int exitCode =
        switch (failure) {
          case ConfigFaults faults -> {
            err.println(faults.text());
            yield WRONGLY_CALLED;
          }
          case CommandFailure known -> {
            err.println(known.getMessage());
            yield FAILED;
          }
          case Exception unforeseen -> {
            err.printf(
                "the command failed unexpectedly: exception=%s, message=%s"
                    + "; hint: run it again with --debug and report what it prints%n",
                unforeseen.getClass().getName(), unforeseen.getMessage());
            yield FAILED;
          }
        };
    if (options.isDebugging()) {
      failure.printStackTrace(err);
    }
    err.flush();
    return exitCode;
  }

  @Override
  public int handleParseException(ParameterException refused, String[] args) {
    CommandLine commandLine = refused.getCommandLine();
    PrintWriter err = commandLine.getErr();
    err.println(refused.getMessage());
    UnmatchedArgumentException.printSuggestions(refused, err);
    err.printf("hint: %s --help%n", commandLine.getCommandSpec().qualifiedName());
    err.flush();
    return WRONGLY_CALLED;
  }
}
