package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.config.SampoConfig;
import dev.sampo.launcher.train.TrainCommand;
import dev.sampo.model.file.TensorWriter;
import dev.sampo.model.folder.ModelFolder;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.token.TokenizerFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

/** From texts to a model, by the whole path of a cluster of one. */
final class TrainCommandTest {
  private static final Path TOKENIZER =
      Path.of("..", "model/src/test/resources/dev/sampo/model/token/tokenizer.json");
  private static final Pattern MODEL = Pattern.compile("the model is in (\\S+)");

  private static final String LLAMA = "model { family = llama, key-heads = 2, head = separate }";
  private static final String STRETCHED =
      LLAMA
          + ", model { rotary-scaling = llama3, rotary-factor = 4, rotary-old-context = 16"
          + ", rotary-low-turns = 0.1 }";

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
                new ExportCommand(),
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
        node { folder = "%s", devices = [{ kind = cpu, threads = %d }], memory = 1GiB }
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

  private String train(Path corpus, String name, int threads, String more, String... options)
      throws IOException {
    List<String> args = new ArrayList<>(List.of(options));
    args.addAll(0, List.of("train", job(corpus, name, threads, more).toString()));
    Matcher model = MODEL.matcher(run(args.toArray(String[]::new)));
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
    String model = train(corpus, "first", 1, STRETCHED);
    JsonNode told =
        new ObjectMapper()
            .readTree(
                run("eval", "--from", model, "--corpus", "" + corpus, "--json", "--threads", "2"));
    assertTrue(told.path("loss").asDouble() < 0.6 * Math.log(320), told::toString);
    String written = run("generate", "--from", model, "--prompt", "the quick", "--tokens", "8");
    assertTrue(written.startsWith("the quick"), written);
    JsonNode seen = new ObjectMapper().readTree(run("inspect", model, "--json"));
    assertTrue(seen.path("shape").asText().startsWith("LlamaShape[layers=2"), seen::toString);
    assertTrue(seen.path("shape").asText().contains("Llama3[factor=4.0"), seen::toString);
    String again = train(corpus, "second", 2, STRETCHED, "--validate-tokens", "0");
    JsonNode same = new ObjectMapper().readTree(run("inspect", again, "--json"));
    assertEquals(
        seen.path("sha256"),
        same.path("sha256"),
        "one hash on any number of threads, and whether it is validated or not");
    goesOnFrom(model, corpus, LLAMA, told.path("loss").asDouble());
  }

  /** A model that is exported and trained further begins where it was, to one hash. */
  private void goesOnFrom(String model, Path corpus, String more, double loss) throws IOException {
    String exported = folder.resolve("exported").toString();
    run("export", "--from", model, "--to", exported);
    Set<String> hashes = new HashSet<>();
    for (int cut = 1; cut <= 2; cut++) {
      String[] args = {
        "train",
        job(corpus, "fine-" + cut, cut, more).toString(),
        "--from",
        exported,
        "-D",
        "job.steps=3",
        "-D",
        "job.schedule.peak-rate=1e-5",
        "-D",
        "job.shards=" + (1 + 2 * cut),
        // With a norm that clips, its sum over the shards in their order is a part of the result.
        "-D",
        "job.clip-norm=1e9",
        "--json",
        "--validate-every",
        "1"
      };
      List<JsonNode> events = events(run(args));
      double first =
          events.stream()
              .filter(event -> event.path("event").asText().equals("validation"))
              .findFirst()
              .orElseThrow()
              .path("loss")
              .asDouble();
      assertEquals(loss, first, 0.02, events::toString);
      hashes.add(events.getLast().path("sha256").asText());
      assertEquals(shape(exported), shape(events.getLast().path("model").asText()));
    }
    assertEquals(1, hashes.size(), hashes::toString);
  }

  @Test
  void goesBackToASnapshotWithStoresOrWithoutAndComesToTheSameModel() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "the quick brown fox\n".repeat(20_000));
    Path corpus = folder.resolve("corpus");
    run("prepare", "" + text, "--out", "" + corpus);
    String rule = "snapshots { every = 10, keep = 9 }";
    String sha256 = sha256(train(corpus, "first", 1, rule));
    Path version;
    try (Stream<Path> files = Files.walk(folder.resolve("first").resolve("snapshots"))) {
      version = files.filter(file -> file.endsWith("v000000000010")).findFirst().orElseThrow();
    }
    String[] back = {"--restore", version.toString()};
    assertEquals(sha256, sha256(train(corpus, "second", 2, rule, back)), "without any store");
    assertEquals(sha256, sha256(train(corpus, "first", 1, rule, back)), "and after its end");
    String job = job(corpus, "third", 1, rule).toString();
    assertRefused(
        1,
        "a job goes on from a snapshot of the same model and batch: folder=" + version,
        List.of("train", job, "--restore", back[1], "-D", "job.batch.slots=4"));
    Path part = version.resolve("shard-000.safetensors");
    byte[] bytes = Files.readAllBytes(part);
    bytes[bytes.length - 1] ^= 1;
    Files.write(part, bytes);
    assertRefused(
        1,
        "a snapshot is as it was written: folder=" + version,
        List.of("train", job, back[0], back[1]));
  }

  private String sha256(String model) throws IOException {
    return new ObjectMapper().readTree(run("inspect", model, "--json")).path("sha256").asText();
  }

  @Test
  void endsWithTheReasonWhereAShardCannotBeOpened() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "the quick brown fox\n".repeat(20_000));
    Path corpus = folder.resolve("corpus");
    run("prepare", "" + text, "--out", "" + corpus);
    assertRefused(
        1,
        "this machine must hold every parameter shard: shard=",
        List.of(
            "train",
            "" + job(corpus, "full", 1, ""),
            "-D",
            "node.store.quota=1MiB",
            "-D",
            "job.model.width=64"));
  }

  private String shape(String model) throws IOException {
    return new ObjectMapper().readTree(run("inspect", model, "--json")).path("shape").asText();
  }

  @Test
  void refusesToGoOnFromAModelThatDoesNotFit() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "the quick brown fox\n".repeat(20_000));
    Path corpus = folder.resolve("corpus");
    run("prepare", "" + text, "--out", "" + corpus);
    Path tokens = folder.resolve("tokens");
    run("prepare", "" + text, "--tokenizer", "" + TOKENIZER, "--out", "" + tokens);
    GptShape shape = new GptShape(1, 2, 16, 32, 320);
    Path model = folder.resolve("bytes");
    try (Arena arena = Arena.ofShared()) {
      MemorySegment flat = arena.allocate(shape.layout().total() * Float.BYTES, 64);
      shape.initialiser().fill(5, 0, shape.layout().total(), flat);
      ModelFolder.write(model, shape, flat, TokenizerFile.bytes(), TensorWriter.plain());
    }
    String job = job(tokens, "unfit", 1, "model { layers = 1, heads = 2, width = 16 }").toString();
    assertRefused(
        1,
        "the data must be tokens of the model's tokenizer: job.model.from=" + model,
        List.of("train", job, "--from", "" + model));
    assertRefused(
        2,
        "must be that of the model in job.model.from (1): job.model.layers=3",
        List.of("train", job, "--from", "" + model, "-D", "job.model.layers=3"));
    assertRefused(
        1,
        "a job that goes on from a model needs it: job.model.from=" + tokens,
        List.of("train", job, "--from", "" + tokens));
    Corpora without = new Corpora(folder, folder, List.of(), List.of(model));
    String missing =
        assertThrows(IOException.class, () -> without.parameters("a".repeat(64))).toString();
    assertTrue(
        missing.contains("a node needs the job's first parameters: job.model.sha256=aaa"), missing);
    assertTrue(missing.contains("; hint: copy the folder of the model to this machine"), missing);
  }

  private void assertRefused(int code, String start, List<String> args) {
    err.getBuffer().setLength(0);
    assertEquals(code, execute(new StringWriter(), args.toArray(String[]::new)));
    assertTrue(err.toString().startsWith(start), err::toString);
  }

  @Test
  void trainsWithMomentumInsteadOfAdam() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "abcdefgh\n".repeat(20_000));
    Path corpus = folder.resolve("corpus");
    run("prepare", "" + text, "--out", "" + corpus);
    String more = "optimizer { kind = sgd, momentum = 0.9 }, schedule.peak-rate = 0.3";
    Path job = job(corpus, "sgd", 2, more);
    StringWriter refused = new StringWriter();
    assertEquals(1, execute(refused, "train", "" + job, "--resume"));
    assertTrue(
        err.toString().startsWith("there must be a run of this very job to resume: job="),
        err::toString);
    List<JsonNode> events = events(run("train", "" + job, "--json", "--validate-every", "12"));
    assertEquals(List.of("memory", "job", "begun"), words(events).subList(0, 3));
    JsonNode end = events.getLast();
    JsonNode told =
        new ObjectMapper()
            .readTree(
                run(
                    "eval",
                    "--from",
                    end.path("model").asText(),
                    "--corpus",
                    "" + corpus,
                    "--json"));
    assertTrue(told.path("loss").asDouble() < 0.6 * Math.log(256), told::toString);
    assertEquals(
        List.of(12L, 24L, 30L),
        events.stream()
            .filter(event -> event.path("event").asText().equals("validation"))
            .map(event -> event.path("step").asLong())
            .toList());
    assertEquals(
        told.path("loss").asDouble(), end.path("validation").path("loss").asDouble(), 1e-3);
    goesOnFrom(end.path("model").asText(), corpus, "", told.path("loss").asDouble());
    List<JsonNode> again = events(run("train", "" + job, "--json", "--resume"));
    JsonNode begun = again.get(words(again).indexOf("begun"));
    assertEquals(30, begun.path("step").asLong(), again::toString);
    assertEquals(end, again.getLast());
  }

  @Test
  void trainsWithMuonToOneHashOnAnyNumberOfThreadsAndNoWorseThanWithAdamW() throws IOException {
    Path text =
        Files.writeString(
            folder.resolve("a.txt"),
            "the quick brown fox jumps over the lazy dog, again and again\n".repeat(3_000));
    Path corpus = folder.resolve("corpus");
    run("prepare", "" + text, "--out", "" + corpus);
    // Each at the best of 5e-3, 1e-2 and 2e-2 for so few steps.
    JsonNode adamW = events(run("train", "" + job(corpus, "adamw", 2, ""), "--json")).getLast();
    String fast = "optimizer.kind = muon, schedule.peak-rate = 2e-2";
    List<JsonNode> muon = new ArrayList<>();
    for (int threads : new int[] {1, 2, 3, 16}) {
      Path job = job(corpus, "muon-" + threads, threads, fast);
      muon.add(events(run("train", "" + job, "--json")).getLast());
    }
    Set<String> hashes = new HashSet<>();
    muon.forEach(end -> hashes.add(end.path("sha256").asText()));
    assertEquals(1, hashes.size(), muon::toString);
    assertTrue(
        muon.getFirst().path("validation").path("loss").asDouble()
            <= adamW.path("validation").path("loss").asDouble(),
        () -> "muon=" + muon.getFirst() + ", adamw=" + adamW);
    Path job = job(corpus, "cut", 1, fast);
    assertEquals(1, execute(new StringWriter(), "train", "" + job, "-D", "job.shards=4000"));
    assertTrue(
        err.toString().contains("a shard holds at least one whole matrix, or 16 parameters"),
        err::toString);
    assertTrue(err.toString().contains("hint: lower job.shards"), err::toString);
  }

  /** Steps of nearly no length change no parameter, and equal losses are not better. */
  @Test
  void aJobThatGetsNoBetterEndsWithTheModelThatItHas() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "abcdefgh\n".repeat(20_000));
    Path corpus = folder.resolve("corpus");
    run("prepare", "" + text, "--out", "" + corpus);
    String more =
        "schedule.peak-rate = 1e-30, evaluate { every = 4, tokens = 1024, stop-after = 2 }";
    List<JsonNode> events =
        events(run("train", "" + job(corpus, "early", 2, more), "--json", "-D", "job.steps=1000"));
    List<String> reasons =
        events.stream()
            .filter(event -> event.path("event").asText().equals("ends-early"))
            .map(event -> event.path("reason").asText())
            .toList();
    assertEquals(1, reasons.size(), events::toString);
    assertTrue(
        reasons.getFirst().startsWith("no better loss on the held-out text: evaluations=2, best="),
        events::toString);
    JsonNode end = events.getLast();
    assertEquals(12, end.path("steps").asLong());
    JsonNode model =
        new ObjectMapper().readTree(run("inspect", end.path("model").asText(), "--json"));
    assertEquals(end.path("sha256"), model.path("sha256"));
  }

  private static List<JsonNode> events(String lines) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    for (String line : lines.lines().toList()) {
      events.add(new ObjectMapper().readTree(line));
    }
    return events;
  }

  private static List<String> words(List<JsonNode> events) {
    return events.stream().map(event -> event.path("event").asText()).toList();
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
