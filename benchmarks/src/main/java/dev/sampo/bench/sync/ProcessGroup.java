package dev.sampo.bench.sync;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.launcher.CommandFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The processes of one side, which all do what a line says and answer with a line. */
final class ProcessGroup implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long ENDING_SECONDS = 20;

  private final String name;
  private final List<Process> processes = new ArrayList<>();
  private final List<BufferedReader> outputs = new ArrayList<>();

  private ProcessGroup(String name) {
    this.name = name;
  }

  /**
   * Starts one process for each command.
   *
   * @param name for messages
   */
  static ProcessGroup start(String name, List<List<String>> commands) {
    ProcessGroup group = new ProcessGroup(name);
    try {
      for (List<String> command : commands) {
        Process process =
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        group.processes.add(process);
        group.outputs.add(process.inputReader(StandardCharsets.UTF_8));
      }
      return group;
    } catch (IOException e) {
      group.close();
      throw new CommandFailure(
          "the processes of a side must start: side=%s, reason=%s; hint: check the command %s"
              .formatted(name, e.getMessage(), commands.getFirst().getFirst()),
          e);
    }
  }

  /** The next line of each process, by rank. */
  List<String> hear() {
    return outputs.stream().map(this::line).toList();
  }

  private String line(BufferedReader output) {
    try {
      String line = output.readLine();
      if (line == null) {
        throw new CommandFailure(
            "the processes of a side must live: side=%s; hint: its own words are above"
                .formatted(name));
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void tell(String line) {
    try {
      for (Process process : processes) {
        process.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The answers to a line, by rank. */
  List<JsonNode> ask(String line) {
    tell(line);
    return answers();
  }

  List<JsonNode> answers() {
    return hear().stream().map(ProcessGroup::parse).toList();
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException("an answer is JSON: " + line, e);
    }
  }

  /** Ends all by ending their input; none outlives this. */
  @Override
  public void close() {
    for (Process process : processes) {
      try {
        process.getOutputStream().close();
      } catch (IOException e) {
        process.destroyForcibly();
      }
    }
    for (Process process : processes) {
      try {
        if (!process.waitFor(ENDING_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
