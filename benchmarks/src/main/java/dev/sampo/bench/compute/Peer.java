package dev.sampo.bench.compute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.launcher.CommandFailure;
import dev.sampo.model.gpt.GptShape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** PyTorch in a process of its own, which trains and writes with the same shapes when asked to. */
final class Peer implements AutoCloseable {
  private static final Path SCRIPT = Path.of("benchmarks", "peers", "run");

  private final Process process;
  private final BufferedReader answers;
  private final Writer orders;
  private final ObjectMapper json = new ObjectMapper();
  private String name = "";

  private Peer(Process process) {
    this.process = process;
    answers = process.inputReader();
    orders = process.outputWriter();
  }

  /**
   * Starts the peer; the first time this installs it.
   *
   * @throws CommandFailure if there is none, with the reason on the script's own line before it
   */
  static Peer start(Path root, ReferenceJob.Size size, GptShape writer, int threads) {
    List<String> command = new ArrayList<>(List.of(root.resolve(SCRIPT).toString()));
    var shape = size.shape();
    for (int number :
        new int[] {
          threads,
          shape.layers(),
          shape.heads(),
          shape.width(),
          shape.context(),
          size.batch(),
          shape.vocabulary(),
          writer.layers(),
          writer.heads(),
          writer.width(),
          writer.context(),
          writer.vocabulary()
        }) {
      command.add(String.valueOf(number));
    }
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      Peer peer = new Peer(builder.start());
      peer.name = peer.read().path("peer").asText();
      return peer;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private static CommandFailure failure(IOException e) {
    return new CommandFailure(
        "the peer does not run: reason=" + e.getMessage() + "; hint: run without --peer", e);
  }

  private JsonNode read() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("it ended without an answer");
    }
    return json.readTree(line);
  }

  String name() {
    return name;
  }

  /** Seconds of each of some steps. */
  List<Double> run(String mode, int steps) {
    try {
      orders.write(
          json.writeValueAsString(json.createObjectNode().put("mode", mode).put("steps", steps)));
      orders.write('\n');
      orders.flush();
      JsonNode answer = read();
      if (answer.has("error")) {
        throw new IOException(answer.path("error").asText());
      }
      List<Double> seconds = new ArrayList<>();
      answer.path("seconds").forEach(one -> seconds.add(one.doubleValue()));
      return seconds;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Ends the process: it stops when its input does. */
  @Override
  public void close() {
    try {
      orders.close();
      process.waitFor();
    } catch (IOException e) {
      process.destroy();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
  }
}
