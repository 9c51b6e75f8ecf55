package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.config.SampoConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

/** From texts to a model, by the whole path of a cluster of one. */
final class TrainCommandTest {
  private static final Path TOKENIZER =
      Path.of("..", "model/src/test/resources/dev/sampo/model/token/tokenizer.json");
  private static final Pattern MODEL = Pattern.compile("the model is in (\\S+)");

  private static final String LLAMA = "model { family = llama, key-heads = 2, head = separate }";

  @TempDir Path folder = Path.of("set by JUnit");

  private final StringWriter err = new StringWriter();

  private String run(String... args) {
    StringWriter out = new StringWriter();
    assertEquals(0, execute(out, args), err::toString);
    return out.toString();
  }

  private int execute(StringWriter out, String... args) {
    return Sampo.commandLine(
            List.of(
                new PrepareCommand(),
                new TrainCommand(),
                new EvalCommand(),
                new InspectCommand(),
                new GenerateCommand()),
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Ansi.OFF)
        .execute(args);
  }

  private Path job(Path corpus, String name, int threads, String more) throws IOException {
    return Files.writeString(
        folder.resolve(name + ".conf"),
        """
            node { folder = "%s", devices = [{ kind = cpu, threads = %d }], memory = 256MiB }
            job {
              name = small
              steps = 30
              model { layers = 2, heads = 4, width = 32, context = 32 }
              data.corpus = "%s"
              schedule { shape = constant, peak-rate = 5e-3 }
              %s
              batch { slots = 2, sequences = 4 }
              shards = 2
            }
            """
            .formatted(folder.resolve(name), threads, corpus, more));
  }

  private String train(Path corpus, String name, int threads, String more) throws IOException {
    Path job = job(corpus, name, threads, more);
    Matcher model = MODEL.matcher(run("train", job.toString()));
    assertTrue(model.find());
    return model.group(1);
  }

  @Test
  void trainsALlamaOnTokensOfAnyTokenizerToOneHash() throws IOException {
    Path text =
        Files.writeString(
            folder.resolve("a.txt"),
            "the quick brown fox jumps over the lazy dog, again and again\n".repeat(3_000));
    Path corpus = folder.resolve("corpus");
    run("prepare", "" + text, "--tokenizer", "" + TOKENIZER, "--out", "" + corpus);
    String model = train(corpus, "first", 1, LLAMA);
    JsonNode told =
        new ObjectMapper()
            .readTree(
                run("eval", "--from", model, "--corpus", "" + corpus, "--json", "--threads", "2"));
    assertTrue(told.path("loss").asDouble() < 0.6 * Math.log(320), told::toString);
    String written = run("generate", "--from", model, "--prompt", "the quick", "--tokens", "8");
    assertTrue(written.startsWith("the quick"), written);
    JsonNode seen = new ObjectMapper().readTree(run("inspect", model, "--json"));
    assertTrue(seen.path("shape").asText().startsWith("LlamaShape[layers=2"), seen::toString);
    String again = train(corpus, "second", 2, LLAMA);
    JsonNode same = new ObjectMapper().readTree(run("inspect", again, "--json"));
    assertEquals(seen.path("sha256"), same.path("sha256"), "one hash on any number of threads");
  }

  @Test
  void trainsWithMomentumInsteadOfAdam() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "abcdefgh\n".repeat(20_000));
    Path corpus = folder.resolve("corpus");
    run("prepare", "" + text, "--out", "" + corpus);
    String model =
        train(
            corpus, "sgd", 2, "optimizer { kind = sgd, momentum = 0.9 }, schedule.peak-rate = 0.3");
    JsonNode told =
        new ObjectMapper()
            .readTree(run("eval", "--from", model, "--corpus", "" + corpus, "--json"));
    assertTrue(told.path("loss").asDouble() < 0.6 * Math.log(256), told::toString);
  }

  @Test
  void aMachineThatCannotTrainSaysWhyInsteadOfWaiting() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "abcdefgh\n".repeat(20_000));
    Path corpus = folder.resolve("corpus");
    run("prepare", "" + text, "--out", "" + corpus);
    Path job = job(corpus, "blocked", 1, "");
    JobAtHand atHand = JobAtHand.of(SampoConfig.load(List.of(job), List.of("cluster.replicas=1")));
    Path folderOfJob = folder.resolve("blocked/jobs/" + atHand.spec().id().value());
    Files.createDirectories(folderOfJob);
    Files.writeString(folderOfJob.resolve("store"), "a file where the store's folder belongs");
    int code = execute(new StringWriter(), "train", "" + job);
    assertEquals(1, code);
    assertTrue(err.toString().startsWith("this machine cannot train the job: "), err::toString);
    assertTrue(err.toString().contains("" + folderOfJob), err::toString);
  }
}
