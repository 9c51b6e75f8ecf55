package dev.sampo.launcher.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.launcher.Playground;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds the memory that is told beforehand against what the system counts for a process that
 * trains: resident pages of all mappings that it can write, so neither programs nor the corpus.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(180)
final class PeakMemoryTest {
  private static final long KIB = 1024;
  private static final long LOOK_MS = 50;
  private static final String LLAMA = "family = llama";
  private static final Pattern RECOMPUTED =
      Pattern.compile("set node\\.activations=recomputed \\((\\d+) MiB\\)");

  @TempDir Path folder = Path.of("set by JUnit");

  private final List<Process> started = new ArrayList<>();

  /**
   * How a process ended, and its memory.
   *
   * @param told the first event
   * @param last the last one
   */
  private record Run(int exit, long peakBytes, JsonNode told, JsonNode last, String errors) {
    void isAsTold(String activations) {
      assertEquals(0, exit, errors);
      assertEquals(activations, told.path("activations").asText(), told::toString);
      double toldBytes = told.path("totalBytes").asLong();
      assertTrue(
          Math.abs(toldBytes - peakBytes) <= 0.1 * peakBytes,
          () -> "peakBytes=" + peakBytes + ", told=" + told);
    }
  }

  @BeforeEach
  void prepare() throws Exception {
    Path text = Files.writeString(folder.resolve("a.txt"), "abcdefgh\n".repeat(50_000));
    Path corpus = folder.resolve("corpus");
    new Playground(() -> folder).run("prepare", text.toString(), "--out", corpus.toString());
  }

  @AfterEach
  void endThem() {
    started.forEach(process -> process.destroyForcibly().onExit().join());
  }

  @Test
  void isWithinATenthOfWhatWasTold() throws Exception {
    train("f32", "family = gpt2", "8GiB").isAsTold("kept");
    train("bf16", "family = gpt2, precision = bf16", "8GiB").isAsTold("kept");
  }

  @Test
  void aJobThatFitsOnlyComputedAnewIsRefusedOrComputedAnewToTheSameBits() throws Exception {
    Run roomy = train("roomy", LLAMA, "8GiB");
    roomy.isAsTold("kept");
    Run small = train("small", LLAMA, "512MiB", "node.activations=kept");
    Matcher hint = RECOMPUTED.matcher(small.errors());
    assertTrue(hint.find(), small.errors());
    String enough = Long.parseLong(hint.group(1)) + 1 + "MiB";

    Run refused = train("refused", LLAMA, enough, "node.activations=kept");
    assertNotEquals(0, refused.exit());
    assertTrue(RECOMPUTED.matcher(refused.errors()).find(), refused.errors());
    Run tight = train("tight", LLAMA, enough);
    tight.isAsTold("recomputed");
    assertEquals(64, tight.last().path("sha256").asText().length(), tight::toString);
    assertEquals(roomy.last().path("sha256"), tight.last().path("sha256"));
  }

  private Run train(String name, String model, String memory, String... more) throws Exception {
    Path job =
        Files.writeString(
            folder.resolve(name + ".conf"),
            """
            node { folder = "%s", devices = [{ kind = cpu, threads = 2 }], memory = %s }
            job {
              name = peak
              steps = 2
              model { layers = 8, heads = 4, width = 128, context = 128, %s }
              data.corpus = "%s"
              batch { slots = 1, sequences = 64 }
              shards = 2
            }
            """
                .formatted(folder.resolve(name), memory, model, folder.resolve("corpus")));
    List<String> arguments = new ArrayList<>(List.of("train", job.toString(), "--json"));
    arguments.addAll(List.of("--validate-tokens", "1000"));
    List.of(more).forEach(setting -> arguments.addAll(List.of("-D", setting)));
    return run(arguments.toArray(String[]::new));
  }

  private Run run(String... arguments) throws Exception {
    Path errors = folder.resolve("errors");
    Path events = folder.resolve("events");
    Process process =
        SampoProcess.of(arguments)
            .redirectError(errors.toFile())
            .redirectOutput(events.toFile())
            .start();
    started.add(process);
    long peakBytes = 0;
    while (!process.waitFor(LOOK_MS, TimeUnit.MILLISECONDS)) {
      peakBytes = Math.max(peakBytes, writableBytes(process.pid()));
    }
    List<JsonNode> seen = new ArrayList<>();
    for (String line : Files.readAllLines(events)) {
      if (line.startsWith("{")) {
        seen.add(new ObjectMapper().readTree(line));
      }
    }
    JsonNode none = new ObjectMapper().createObjectNode();
    return new Run(
        process.exitValue(),
        peakBytes,
        seen.isEmpty() ? none : seen.getFirst(),
        seen.isEmpty() ? none : seen.getLast(),
        Files.readString(errors));
  }

  /** Of a process that may just have ended. */
  private static long writableBytes(long pid) {
    long bytes = 0;
    boolean writable = false;
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps"))) {
        if (line.startsWith("Rss:")) {
          String[] words = line.split("\\s+", -1);
          bytes += writable ? Long.parseLong(words[1]) * KIB : 0;
        } else if (Character.isDigit(line.charAt(0)) || Character.isLowerCase(line.charAt(0))) {
          // 7f12-7f34 rw-p ...: no other line begins with a digit or a small letter.
          writable = line.split(" ", 3)[1].contains("w");
        }
      }
    } catch (IOException e) {
      return bytes;
    }
    return bytes;
  }
}
