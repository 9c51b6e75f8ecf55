package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

final class SampoTest {
  private static final Path EXAMPLES = Path.of("..", "cluster-config", "examples");

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void saysItsVersion() {
    assertEquals(0, run("--version"));
    assertTrue(
        out.toString().matches("sampo \\d+\\.\\d+\\.\\d+ \\(java 25\\S*, .+\\)\\R"), out::toString);
  }

  @Test
  void listsItsCommandsWithExamples() {
    assertEquals(0, run("--help"));
    assertTrue(
        out.toString()
            .matches("(?s).*\nCommands:\n  bench .*\n  config +Check settings files\\.\n.*"),
        out::toString);
    assertTrue(
        out.toString().contains("\n  sampo config check cluster-config/examples/demo.conf\n"));
  }

  @Test
  void everyExampleOfTheHelpNamesACommandThatIsThere() {
    for (Command command : ServiceLoader.load(Command.class)) {
      List<String> words = Pattern.compile(" ").splitAsStream(command.example()).toList();
      assertEquals("sampo", words.getFirst());
      out.getBuffer().setLength(0);
      assertEquals(0, run(words.get(1), "--help"), command.example());
      assertTrue(out.toString().startsWith("Usage: sampo " + words.get(1)), out::toString);
    }
  }

  @Test
  void refusesAMistypedCommandWithWhatWasMeant() {
    assertEquals(2, run("confg"));
    assertTrue(err.toString().contains("Did you mean: sampo config"), err::toString);
    assertTrue(err.toString().endsWith("hint: sampo --help\n"), err::toString);
  }

  @Test
  void refusesABenchThatIsNotThere() {
    assertEquals(2, run("bench"));
    assertEquals("a bench is missing\nhint: sampo bench --help\n", err.toString());
    assertEquals(2, run("bench", "nothing"));
  }

  @Test
  void refusesToBeCalledWithoutACommand() {
    assertEquals(2, run());
    assertEquals("a command is missing\nhint: sampo --help\n", err.toString());
  }

  @Test
  void checksFilesAndSaysWhichAreSound() {
    assertEquals(
        0, run("config", "check", "" + EXAMPLES.resolve("demo.conf"), "-D", "node.name=a"));
    assertEquals(
        "ok: file=../cluster-config/examples/demo.conf, node=a, job=demo\n", out.toString());
  }

  @Test
  void reportsEveryFaultOfEveryFileWithoutAStackTrace() throws IOException {
    Path first =
        Files.writeString(folder.resolve("first.conf"), "node.nam = a\ncluster.replicas = 9");
    Path second = Files.writeString(folder.resolve("second.conf"), "{");
    assertEquals(2, run("config", "check", "" + first, "" + second), err::toString);
    assertEquals(3, err.toString().lines().count(), err::toString);
    assertTrue(err.toString().lines().allMatch(line -> line.contains("; hint: ")), err::toString);
    assertFalse(err.toString().contains("\tat "), err::toString);
  }

  @Test
  void showsAKnownFailureAsItsMessageAlone() {
    Failing command = new Failing(new CommandFailure("the rule: a=1; hint: mend it"));
    assertEquals(1, line(List.of(command)).execute("fail"));
    assertEquals("the rule: a=1; hint: mend it\n", err.toString());
  }

  @Test
  void showsAStackTraceOnlyOnRequest() {
    CommandLine line = line(List.of(new Failing(new IllegalStateException("broken"))));
    assertEquals(1, line.execute("fail"));
    assertEquals(
        "the command failed unexpectedly: exception=java.lang.IllegalStateException,"
            + " message=broken; hint: run it again with --debug and report what it prints\n",
        err.toString());
    assertEquals(1, line.execute("fail", "--debug"));
    assertTrue(err.toString().contains("\tat dev.sampo.launcher.SampoTest"), err::toString);
  }

  private int run(String... args) {
    return line(ServiceLoader.load(Command.class).stream()
            .map(ServiceLoader.Provider::get)
            .toList())
        .execute(args);
  }

  private CommandLine line(List<Command> commands) {
    return Sampo.commandLine(
        commands, new PrintWriter(out, true), new PrintWriter(err, true), Ansi.OFF);
  }

  @CommandLine.Command(name = "fail", description = "Fails.")
  private static final class Failing implements Command {
    private final RuntimeException failure;

    Failing(RuntimeException failure) {
      this.failure = failure;
    }

    @Override
    public String example() {
      return "sampo fail";
    }

    @Override
    public Integer call() {
      throw failure;
    }
  }
}
