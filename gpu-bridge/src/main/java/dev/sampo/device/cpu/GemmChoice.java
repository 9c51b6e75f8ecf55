package dev.sampo.device.cpu;

import dev.sampo.device.MatMul;
import dev.sampo.device.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The one place that chooses what computes matrix products, and says why.
 *
 * @param gemm the choice
 * @param reason for logs and for people
 * @param fallback whether something faster was wanted and is not to be had
 */
record GemmChoice(Gemm gemm, String reason, boolean fallback) {
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  /** What every choice leaves out, and why. */
  private static final String ROWS =
      "; one row alone by a Vector API loop, because memory bounds it";

  private static GemmChoice of(Gemm gemm, String reason, boolean fallback) {
    return new GemmChoice(gemm, reason + ROWS, fallback);
  }

  /**
   * Whether a product goes to {@link RowPlan}: it reads its matrix once and does two operations
   * with each element, and what a library does to feed the multipliers only costs time.
   */
  static boolean isRow(MatMul shape) {
    return shape.m() == 1;
  }

  /** oneDNN where it loads and the processor multiplies in that precision; else a Vector loop. */
  static GemmChoice make(Precision precision) {
    try {
      if (precision == Precision.BF16 && !multipliesBf16(processor())) {
        return of(
            new VectorGemm(),
            "Vector API loop, because the processor has no bf16 products; f32 is faster here",
            true);
      }
      return of(DnnlGemm.open(DnnlLibrary.load()), "oneDNN", false);
    } catch (UnsatisfiedLinkError | RuntimeException e) {
      return of(
          new VectorGemm(),
          "Vector API loop, because oneDNN does not load: " + e.getMessage(),
          true);
    }
  }

  static GemmChoice portable() {
    return of(new VectorGemm(), "Vector API loop, as asked for", false);
  }

  /** What Linux tells of the first processor; empty elsewhere. */
  static String processor() {
    if (!Files.isReadable(PROCESSOR)) {
      return "";
    }
    try {
      String all = Files.readString(PROCESSOR);
      int end = all.indexOf("\n\n");
      return end < 0 ? all : all.substring(0, end);
    } catch (IOException e) {
      return "";
    }
  }

  static boolean multipliesBf16(String processor) {
    return processor.contains("avx512_bf16") || processor.contains("amx_bf16");
  }

  static String model(String processor) {
    return processor
        .lines()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElseGet(() -> System.getProperty("os.arch"));
  }
}
