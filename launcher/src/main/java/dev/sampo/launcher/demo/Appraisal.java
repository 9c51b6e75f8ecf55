package dev.sampo.launcher.demo;

import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.Decoder;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.model.folder.ModelFolder;
import dev.sampo.model.generate.Generator;
import dev.sampo.model.generate.Sampler;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.text.NGram;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
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
  private static final int SAMPLE_TOKENS = 400;
  private static final String PROMPT = "    public ";
  private static final Sampler SAMPLER = new Sampler(0.7, 40, 1);

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
      ModelFolder.Loaded loaded = ModelFolder.read(model, arena);
      double[] baselines = NGram.count(corpus.training(), ORDERS).evaluate(corpus.validation());
      return new Appraisal(
          Evaluation.of(
                  loaded.shape(),
                  loaded.flat(),
                  corpus.validation(),
                  device,
                  Long.MAX_VALUE,
                  done -> {})
              .loss(),
          Arrays.stream(baselines).boxed().toList(),
          sample(loaded.shape().decoder(device, loaded.flat(), loaded.shape().context()), seed));
    }
  }

  private static String sample(Decoder decoder, long seed) {
    byte[] prompt = PROMPT.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(prompt);
    int[] tokens = new int[prompt.length];
    Arrays.setAll(tokens, i -> prompt[i] & 0xFF);
    new Generator(decoder, SAMPLER)
        .generate(
            tokens,
            SAMPLE_TOKENS,
            new SplittableRandom(seed),
            token -> {
              text.write(token == 0 ? '\n' : token);
              return true;
            });
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
