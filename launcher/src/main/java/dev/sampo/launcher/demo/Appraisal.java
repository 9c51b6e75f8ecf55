package dev.sampo.launcher.demo;

import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.gpt.Generator;
import dev.sampo.model.gpt.Gpt;
import dev.sampo.model.gpt.GptFiles;
import dev.sampo.model.gpt.Sampler;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.text.NGram;
import dev.sampo.model.text.TokenFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a trained model is worth.
 *
 * @param validationLoss over the held-out text, nats a byte
 * @param baselines of n-gram models counted on the training text, for n = 1, 2, ..., nats a byte
 * @param sample what the model goes on to write
 */
record Appraisal(double validationLoss, List<Double> baselines, String sample) {
  private static final int ORDERS = 5;
  private static final int SEQUENCES = 8;
  private static final int SAMPLE_TOKENS = 400;
  private static final String PROMPT = "    public ";
  private static final Sampler SAMPLER = new Sampler(0.7, 40);

  /** Copies the baselines. */
  Appraisal {
    baselines = List.copyOf(baselines);
  }

  /**
   * Appraises the model in a folder.
   *
   * @param threads to compute with
   */
  static Appraisal of(Path model, Path corpusFolder, long seed, int threads) throws IOException {
    try (Corpus corpus = Corpus.open(corpusFolder);
        Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(threads)) {
      GptFiles.Loaded loaded = GptFiles.read(model, arena);
      Gpt gpt = Gpt.create(loaded.shape(), device, SEQUENCES);
      double[] baselines = NGram.count(corpus.training(), ORDERS).evaluate(corpus.validation());
      return new Appraisal(
          loss(gpt, loaded.flat(), corpus.validation()),
          Arrays.stream(baselines).boxed().toList(),
          sample(Gpt.create(loaded.shape(), device, 1), loaded.flat(), seed));
    }
  }

  /** Mean over all whole micro-batches: the same text for every model of one context. */
  private static double loss(Gpt gpt, MemorySegment flat, TokenFile text) {
    TokenBatch batch = gpt.newBatch();
    long batches = text.samples(batch.context()) / SEQUENCES;
    double sum = 0;
    for (long at = 0; at < batches; at++) {
      for (int sequence = 0; sequence < SEQUENCES; sequence++) {
        text.read(at * SEQUENCES + sequence, batch, sequence);
      }
      sum += gpt.loss(flat, batch);
    }
    return sum / batches;
  }

  private static String sample(Gpt gpt, MemorySegment flat, long seed) {
    byte[] prompt = PROMPT.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(prompt);
    int[] tokens = new int[prompt.length];
    Arrays.setAll(tokens, i -> prompt[i] & 0xFF);
    new Generator(gpt, SAMPLER)
        .generate(
            flat,
            tokens,
            SAMPLE_TOKENS,
            new SplittableRandom(seed),
            token -> text.write(token == 0 ? '\n' : token));
    return text.toString(StandardCharsets.UTF_8);
  }

  /** The largest n whose model is beaten; 0 if none is. */
  int beaten() {
    int beaten = 0;
    while (beaten < baselines.size() && validationLoss < baselines.get(beaten)) {
      beaten++;
    }
    return beaten;
  }
}
