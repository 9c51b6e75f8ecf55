package dev.sampo.launcher.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.launcher.Playground;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ctrl-C on a real process in the middle of its run. */
@Timeout(120)
final class InterruptedRunTest {
  private static final int STEPS = 400;
  private static final int DEADLINE_SECONDS = 60;
  private static final int SIGINT = 2;
  private static final int SIGTERM = 15;

  @TempDir Path folder = Path.of("set by JUnit");

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endWhatWasStarted() {
    started.forEach(process -> process.destroyForcibly().onExit().join());
  }

  @ParameterizedTest
  @ValueSource(strings = {"adamw", "muon"})
  void stopsInOrderAndTheSameCommandGoesOnToTheSameBits(String optimizer) throws Exception {
    Path text = Files.writeString(folder.resolve("a.txt"), "abcdefgh\n".repeat(20_000));
    Path corpus = folder.resolve("corpus");
    Playground ground = new Playground(() -> folder);
    ground.run("prepare", "" + text, "--out", "" + corpus);
    String job = job(corpus, optimizer).toString();
    Process first = sampo("train", job, "--json", "--validate-every", "3");
    List<JsonNode> news = eventsUntil(first, "validation");
    int signal = interrupt(first);
    news.addAll(events(first));
    assertEquals(128 + signal, first.waitFor(), this::errors);
    JsonNode stopped = news.getLast();
    assertEquals("stopped", stopped.path("event").asText(), news::toString);
    long step = stopped.path("step").asLong();
    assertTrue(step >= 3 && step < STEPS, stopped::toString);
    assertEquals(
        "sampo train " + job + " --json --validate-every 3", stopped.path("command").asText());

    List<JsonNode> resumed = events(sampo("train", job, "--json", "--resume"));
    JsonNode begun = resumed.get(2);
    assertEquals("begun", begun.path("event").asText(), resumed::toString);
    // A step that all shards had made, but nobody had heard of, counts.
    assertTrue(begun.path("step").asLong() - step <= 1, () -> stopped + " then " + begun);
    assertTrue(begun.path("step").asLong() >= step, () -> stopped + " then " + begun);

    String elsewhere = "node.folder=" + folder.resolve("undisturbed");
    List<JsonNode> whole = events(ground.run("train", job, "--json", "-D", elsewhere).lines());
    assertEquals(0, whole.get(2).path("step").asLong(), whole::toString);
    assertEquals(whole.getLast().path("sha256"), resumed.getLast().path("sha256"));
    assertEquals(64, whole.getLast().path("sha256").asText().length(), whole::toString);
  }

  private Path job(Path corpus, String optimizer) throws IOException {
    return Files.writeString(
        folder.resolve("job.conf"),
        """
        node { folder = "%s", devices = [{ kind = cpu, threads = 1 }], memory = 1GiB }
        job {
          name = interrupted
          steps = %d
          model { layers = 1, heads = 2, width = 16, context = 16 }
          data.corpus = "%s"
          optimizer.kind = %s
          batch { slots = 2, sequences = 2 }
          shards = 2
        }
        """
            .formatted(folder.resolve("run"), STEPS, corpus, optimizer));
  }

  private Process sampo(String... arguments) throws IOException {
    Process process =
        SampoProcess.of(arguments).redirectError(folder.resolve("errors").toFile()).start();
    started.add(process);
    return process;
  }

  /** A build that was itself started in the background may have its children ignore SIGINT. */
  private static int interrupt(Process process) throws IOException, InterruptedException {
    Path status = Path.of("/proc/" + process.pid() + "/status");
    long ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
            .findFirst()
            .orElse(0);
    int signal = (ignored >> (SIGINT - 1) & 1) == 0 ? SIGINT : SIGTERM;
    Process kill = new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start();
    assertEquals(0, kill.waitFor());
    return signal;
  }

  /** Everything up to the first of that name. */
  private List<JsonNode> eventsUntil(Process process, String event) throws IOException {
    List<JsonNode> found = new ArrayList<>();
    BufferedReader lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      found.add(new ObjectMapper().readTree(line));
      if (found.getLast().path("event").asText().equals(event)) {
        return found;
      }
    }
    throw new AssertionError("the run tells of a " + event + ": " + found + errors());
  }

  /** Everything to the end; lines that are no JSON, those of other commands, are left out. */
  private List<JsonNode> events(Process process) throws IOException, InterruptedException {
    List<JsonNode> found = events(process.inputReader().lines());
    assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "the process ends");
    return found;
  }

  private static List<JsonNode> events(Stream<String> lines) throws IOException {
    List<JsonNode> found = new ArrayList<>();
    for (String line : lines.filter(line -> line.startsWith("{")).toList()) {
      found.add(new ObjectMapper().readTree(line));
    }
    return found;
  }

  private String errors() {
    try {
      return Files.readString(folder.resolve("errors"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
