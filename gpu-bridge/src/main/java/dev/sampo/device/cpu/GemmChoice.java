package dev.sampo.device.cpu;

import dev.sampo.device.MatMul;
import dev.sampo.device.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one place that chooses what computes matrix products, and says why.
 *
 * @param gemm the choice
 * @param amx what computes the large ones of f32 instead, if the processor has it
 * @param reason for logs and for people
 * @param fallback whether something faster was wanted and is not to be had
 */
record GemmChoice(Gemm gemm, @Nullable AmxKernel amx, String reason, boolean fallback) {
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  /** What every choice leaves out, and why. */
  private static final String ROWS =
      "; one row alone by a Vector API loop, because memory bounds it";

  private static GemmChoice of(Gemm gemm, String reason, boolean fallback) {
    return new GemmChoice(gemm, null, reason + ROWS, fallback);
  }

  private GemmChoice with(AmxKernel kernel) {
    return new GemmChoice(
        gemm, kernel, "AMX, in three parts of bf16; small ones by " + reason, fallback);
  }

  private GemmChoice without(@Nullable String why) {
    return new GemmChoice(gemm, null, reason + "; no AMX, because " + why, true);
  }

  /** Short name of what computes the products, part of the device's name. */
  String name() {
    return amx == null ? gemm.name() : "amx";
  }

  /**
   * Whether a product goes to {@link RowPlan}: it reads its matrix once and does two operations
   * with each element, and what a library does to feed the multipliers only costs time.
   */
  static boolean isRow(MatMul shape) {
    return shape.m() == 1;
  }

  /** What multiplies, as the system property {@value #PROPERTY} names it. */
  enum Wanted {
    /** oneDNN, else OpenBLAS, else the Vector API loop; in f32 AMX before all, where it is. */
    AUTO,
    AMX,
    ONEDNN,
    OPENBLAS,
    VECTOR;

    static final String PROPERTY = "sampo.device.gemm";

    static Wanted parse(String word) {
      for (Wanted wanted : values()) {
        if (wanted.word().equals(word)) {
          return wanted;
        }
      }
      throw new IllegalArgumentException(
          "products are by auto, amx, onednn, openblas or vector: %s=%s; hint: leave it out for auto"
              .formatted(PROPERTY, word));
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What a process may have to multiply; each throws UnsatisfiedLinkError where it has not. */
  record Libraries(Supplier<AmxKernel> amx, Supplier<Gemm> oneDnn, Supplier<Gemm> openBlas) {
    static final Libraries OF_THIS_PROCESS =
        new Libraries(
            AmxKernel::load,
            () -> DnnlGemm.open(DnnlLibrary.load()),
            () -> OpenBlasGemm.open(OpenBlasLibrary.load()));
  }

  /**
   * The choice of this process.
   *
   * @throws IllegalArgumentException if the property asks for what is not to be had
   */
  static GemmChoice make(Precision precision) {
    Wanted wanted = Wanted.parse(System.getProperty(Wanted.PROPERTY, Wanted.AUTO.word()));
    return make(precision, wanted, processor(), Libraries.OF_THIS_PROCESS);
  }

  static GemmChoice make(
      Precision precision, Wanted wanted, String processor, Libraries libraries) {
    return switch (wanted) {
      case AUTO -> {
        GemmChoice best = best(precision, processor, libraries);
        yield precision == Precision.F32 ? withAmx(best, processor, libraries) : best;
      }
      case AMX -> {
        refuseUnlessF32(wanted, precision);
        AmxKernel kernel = asked(wanted, libraries.amx());
        yield best(precision, processor, libraries).with(kernel);
      }
      case ONEDNN -> byRequest(wanted, libraries.oneDnn());
      case OPENBLAS -> {
        refuseUnlessF32(wanted, precision);
        yield byRequest(wanted, libraries.openBlas());
      }
      case VECTOR -> portable();
    };
  }

  /** oneDNN where it loads and the processor multiplies in that precision; else what is left. */
  private static GemmChoice best(Precision precision, String processor, Libraries libraries) {
    String reason;
    if (precision == Precision.BF16 && !multipliesBf16(processor)) {
      reason = "the processor has no bf16 products; f32 is faster here";
    } else {
      try {
        return of(libraries.oneDnn().get(), "oneDNN", false);
      } catch (UnsatisfiedLinkError | RuntimeException e) {
        reason = "oneDNN does not load: " + e.getMessage();
      }
    }
    if (precision == Precision.F32) {
      try {
        return of(libraries.openBlas().get(), "OpenBLAS, because " + reason, true);
      } catch (UnsatisfiedLinkError | RuntimeException e) {
        reason += "; and OpenBLAS does not load: " + e.getMessage();
      }
    }
    return of(new VectorGemm(), "Vector API loop, because " + reason, true);
  }

  private static GemmChoice withAmx(GemmChoice choice, String processor, Libraries libraries) {
    try {
      return choice.with(libraries.amx().get());
    } catch (UnsatisfiedLinkError e) {
      return hasAmx(processor) ? choice.without(e.getMessage()) : choice;
    }
  }

  private static void refuseUnlessF32(Wanted wanted, Precision precision) {
    if (precision != Precision.F32) {
      throw refused(wanted, "it multiplies f32 only", null);
    }
  }

  private static GemmChoice byRequest(Wanted wanted, Supplier<Gemm> library) {
    return of(asked(wanted, library), wanted.word() + ", as asked for", false);
  }

  private static <T> T asked(Wanted wanted, Supplier<T> library) {
    try {
      return library.get();
    } catch (UnsatisfiedLinkError | RuntimeException e) {
      throw refused(wanted, e.getMessage(), e);
    }
  }

  private static IllegalArgumentException refused(
      Wanted wanted, @Nullable String reason, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "the products that were asked for are not to be had: %s=%s, reason=%s; hint: set it to auto"
            .formatted(Wanted.PROPERTY, wanted.word(), reason),
        cause);
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
    return processor.contains("avx512_bf16") || hasAmx(processor);
  }

  static boolean hasAmx(String processor) {
    return processor.contains("amx_bf16");
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
