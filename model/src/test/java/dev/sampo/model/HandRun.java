package dev.sampo.model;

import dev.sampo.device.FloatVectors;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.gpt.Generator;
import dev.sampo.model.gpt.Gpt;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.gpt.Sampler;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.model.optimizer.CosineSchedule;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.text.CorpusBuilder;
import dev.sampo.model.text.NGram;
import dev.sampo.model.text.TokenFile;
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
        new CorpusBuilder(Set.of(".java")).prepare(archives.toList(), folder);
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
    int sequences = settings.number("batch", 4);
    int accumulate = settings.number("accumulate", 1);
    int steps = settings.number("steps", 200);
    Gpt model = Gpt.create(shape, device, sequences);
    long total = model.layout().total();
    MemorySegment[] vectors = new MemorySegment[8];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = arena.allocate(total * Float.BYTES, 64);
    }
    AdamW.State now = new AdamW.State(vectors[0], vectors[1], vectors[2]);
    AdamW.State next = new AdamW.State(vectors[3], vectors[4], vectors[5]);
    MemorySegment gradient = vectors[6];
    MemorySegment sum = vectors[7];
    model.initialise(settings.number("seed", 1), now.parameters());
    AdamW optimizer =
        new AdamW(0.9f, settings.real("beta2", 0.99f), 1e-8f, settings.real("decay", 0.1f));
    float rate = settings.real("rate", 2e-3f);
    CosineSchedule schedule =
        new CosineSchedule(
            rate, rate * settings.real("floor", 0.1f), settings.number("warmup", 50), steps);
    List<Range> decayed = model.layout().decayed(0, total);
    TokenBatch batch = model.newBatch();
    long samples = corpus.training().samples(shape.context());
    Random random = new Random(settings.number("seed", 1));
    out.printf(
        "%d parameters, %d tokens a step%n",
        total, (long) sequences * accumulate * shape.context());
    double smooth = 0;
    long start = System.nanoTime();
    long optimizerNs = 0;
    int every = Math.max(1, steps / 20);
    long since = start;
    for (int step = 1; step <= steps; step++) {
      float loss = 0;
      for (int slot = 0; slot < accumulate; slot++) {
        for (int i = 0; i < sequences; i++) {
          corpus.training().read(random.nextLong(samples), batch, i);
        }
        MemorySegment target = slot == 0 ? sum : gradient;
        loss += model.lossAndGradient(now.parameters(), batch, target) / accumulate;
        if (slot > 0) {
          FloatVectors.add(sum, sum, gradient);
        }
      }
      long before = System.nanoTime();
      double norm = Math.sqrt(FloatVectors.sumSquares(sum)) / accumulate;
      float scale = (float) (Math.min(1, 1 / norm) / accumulate);
      optimizer.step(new AdamW.Scalars(step, schedule.at(step), scale), now, next, sum, decayed);
      AdamW.State swap = now;
      now = next;
      next = swap;
      optimizerNs += System.nanoTime() - before;
      smooth = step == 1 ? loss : 0.95 * smooth + 0.05 * loss;
      if (step % every == 0) {
        double tokens = (double) every * sequences * accumulate * shape.context();
        out.printf(
            "step %d loss %.3f norm %.2f, %.1f s, %.0f tokens/s%n",
            step, smooth, norm, seconds(start), tokens / seconds(since));
        since = System.nanoTime();
      }
    }
    double took = seconds(start);
    out.printf(
        "trained %.1f s, %.0f tokens/s, optimizer %.0f us a step%n",
        took,
        (double) steps * sequences * accumulate * shape.context() / took,
        optimizerNs / 1e3 / steps);
    if (settings.number("validate", 1) > 0) {
      long validation = System.nanoTime();
      out.printf(
          "validation loss %.4f nats a byte (%.1f s)%n",
          validate(model, now.parameters(), corpus.validation(), batch), seconds(validation));
    }
    if (settings.number("generate", 0) > 0) {
      StringBuilder text = new StringBuilder();
      new Generator(model, new Sampler(0.8, 40))
          .generate(
              now.parameters(),
              "/*\n".chars().toArray(),
              settings.number("generate", 0),
              random,
              token -> text.append((char) token));
      out.println(text);
    }
  }

  private static double validate(
      Gpt model, MemorySegment parameters, TokenFile validation, TokenBatch batch) {
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
