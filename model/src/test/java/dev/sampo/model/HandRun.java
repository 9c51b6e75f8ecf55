package dev.sampo.model;

import dev.sampo.device.FloatVectors;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.generate.Generator;
import dev.sampo.model.generate.Sampler;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.model.optimizer.CosineSchedule;
import dev.sampo.model.prepare.Preparation;
import dev.sampo.model.prepare.SplitRule;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.text.NGram;
import dev.sampo.model.text.TokenFile;
import dev.sampo.model.token.ByteTokenizer;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Trains by hand in one process, to measure speed and to find settings; no part of the build.
 *
 * <p>Arguments, all {@code name=value}: corpus (a folder; made from {@code archives} if missing),
 * archives, layers, heads, width, context, batch, threads, steps, rate, floor, warmup, decay,
 * beta2, seed.
 */
final class HandRun {
  private final Settings settings;
  private final PrintStream out = System.out;

  private HandRun(Settings settings) {
    this.settings = settings;
  }

  private record Settings(List<String> arguments) {
    String text(String name, String otherwise) {
      return arguments.stream()
          .filter(argument -> argument.startsWith(name + "="))
          .map(argument -> argument.substring(name.length() + 1))
          .findFirst()
          .orElse(otherwise);
    }

    int number(String name, int otherwise) {
      return Integer.parseInt(text(name, Integer.toString(otherwise)));
    }

    float real(String name, float otherwise) {
      return Float.parseFloat(text(name, Float.toString(otherwise)));
    }
  }

  public static void main(String[] arguments) throws IOException {
    new HandRun(new Settings(List.of(arguments))).run();
  }

  private void run() throws IOException {
    Path folder = Path.of(settings.text("corpus", "target/hand-corpus"));
    if (!Files.exists(folder)) {
      try (Stream<Path> archives =
          Files.list(Path.of(settings.text("archives", "target/corpus")))) {
        new Preparation(new ByteTokenizer(), null, Set.of(".java"), "text", SplitRule.DOCUMENTS)
            .write(
                new Preparation.Sources(archives.toList(), List.of()),
                folder,
                new Preparation.OnBad.Refuse(),
                (bytes, documents, tokens) -> {});
      }
    }
    try (Corpus corpus = Corpus.open(folder);
        Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(settings.number("threads", 2))) {
      out.printf(
          "%s, training %d bytes, validation %d bytes%n",
          device.name(), corpus.training().tokens(), corpus.validation().tokens());
      if (settings.number("ngram", 0) > 0) {
        long start = System.nanoTime();
        double[] nats =
            NGram.count(corpus.training(), settings.number("ngram", 5))
                .evaluate(corpus.validation());
        out.printf("n-grams %s in %.1f s%n", Arrays.toString(nats), seconds(start));
      }
      train(corpus, arena, device);
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private void train(Corpus corpus, Arena arena, CpuDevice device) {
    GptShape shape =
        new GptShape(
            settings.number("layers", 4),
            settings.number("heads", 4),
            settings.number("width", 128),
            settings.number("context", 128),
            256);
    LanguageModel model = shape.create(device, settings.number("batch", 4));
    Vectors vectors = Vectors.allocate(arena, model.layout().total());
    model.initialise(settings.number("seed", 1), vectors.now.parameters());
    Random random = new Random(settings.number("seed", 1));
    TokenBatch batch = model.newBatch();
    steps(model, vectors, corpus, batch, random);
    MemorySegment parameters = vectors.now.parameters();
    if (settings.number("validate", 1) > 0) {
      long start = System.nanoTime();
      double loss = validate(model, parameters, corpus.validation(), batch);
      out.printf("validation loss %.4f nats a byte (%.1f s)%n", loss, seconds(start));
    }
    StringBuilder text = new StringBuilder();
    new Generator(
            model.shape().decoder(device, parameters, model.shape().context()),
            new Sampler(0.8, 40, 1))
        .generate(
            "/*\n".chars().toArray(),
            settings.number("generate", 0),
            random,
            token -> {
              text.append((char) token);
              return true;
            });
    out.println(text);
  }

  private void steps(
      LanguageModel model, Vectors vectors, Corpus corpus, TokenBatch batch, Random random) {
    int accumulate = settings.number("accumulate", 1);
    int steps = settings.number("steps", 200);
    float rate = settings.real("rate", 2e-3f);
    AdamW optimizer =
        new AdamW(0.9f, settings.real("beta2", 0.99f), 1e-8f, settings.real("decay", 0.1f));
    CosineSchedule schedule =
        new CosineSchedule(
            rate, rate * settings.real("floor", 0.1f), settings.number("warmup", 50), steps);
    List<Range> decayed = model.layout().decayed(0, model.layout().total());
    long tokens = (long) accumulate * batch.sequences() * batch.context();
    out.printf("%d parameters, %d tokens a step%n", model.layout().total(), tokens);
    int every = Math.max(1, steps / 20);
    double smooth = 0;
    long start = System.nanoTime();
    long since = start;
    for (int step = 1; step <= steps; step++) {
      double loss = 0;
      for (int slot = 0; slot < accumulate; slot++) {
        for (int i = 0; i < batch.sequences(); i++) {
          corpus
              .training()
              .read(random.nextLong(corpus.training().samples(batch.context())), batch, i);
        }
        MemorySegment target = slot == 0 ? vectors.sum : vectors.gradient;
        loss += model.lossAndGradient(vectors.now.parameters(), batch, target) / accumulate;
        if (slot > 0) {
          FloatVectors.add(vectors.sum, vectors.sum, vectors.gradient);
        }
      }
      double norm = Math.sqrt(FloatVectors.sumSquares(vectors.sum)) / accumulate;
      float scale = (float) (Math.min(1, 1 / norm) / accumulate);
      AdamW.Scalars scalars = new AdamW.Scalars(step, schedule.at(step), scale);
      optimizer.step(scalars, vectors.now, vectors.next, vectors.sum, decayed);
      vectors.swap();
      smooth = step == 1 ? loss : 0.95 * smooth + 0.05 * loss;
      if (step % every == 0) {
        out.printf(
            "step %d loss %.3f norm %.2f, %.1f s, %.0f tokens/s%n",
            step, smooth, norm, seconds(start), every * tokens / seconds(since));
        since = System.nanoTime();
      }
    }
    double took = seconds(start);
    out.printf("trained %.1f s, %.0f tokens/s%n", took, steps * tokens / took);
  }

  /** Both versions, the gradient of a micro-batch, and the sum of a step's. */
  private static final class Vectors {
    AdamW.State now;
    AdamW.State next;
    final MemorySegment gradient;
    final MemorySegment sum;

    private Vectors(List<MemorySegment> vectors) {
      now = new AdamW.State(vectors.get(0), vectors.get(1), vectors.get(2));
      next = new AdamW.State(vectors.get(3), vectors.get(4), vectors.get(5));
      gradient = vectors.get(6);
      sum = vectors.get(7);
    }

    static Vectors allocate(Arena arena, long elements) {
      return new Vectors(
          Stream.generate(() -> arena.allocate(elements * Float.BYTES, 64)).limit(8).toList());
    }

    void swap() {
      AdamW.State was = now;
      now = next;
      next = was;
    }
  }

  private static double validate(
      LanguageModel model, MemorySegment parameters, TokenFile validation, TokenBatch batch) {
    long batches = validation.samples(batch.context()) / batch.sequences();
    double sum = 0;
    for (long i = 0; i < batches; i++) {
      for (int j = 0; j < batch.sequences(); j++) {
        validation.read(i * batch.sequences() + j, batch, j);
      }
      sum += model.loss(parameters, batch);
    }
    return sum / batches;
  }
}
