package dev.sampo.model.generate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.Decoder;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelShape;
import dev.sampo.model.Shapes;
import dev.sampo.model.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DecoderTest {
  private static final long SEED = 12;

  static List<ModelShape> shapes() {
    return Shapes.all();
  }

  static Stream<Arguments> shapesInBothPrecisions() {
    return Shapes.all().stream()
        .flatMap(shape -> Stream.of(Precision.values()).map(p -> Arguments.of(shape, p)));
  }

  @ParameterizedTest
  @MethodSource("shapesInBothPrecisions")
  void seesStepByStepWhatTheModelSeesAtOnce(ModelShape shape, Precision precision) {
    // Both are rounded to eight bits at many places, not always from the same sums.
    float close = precision == Precision.F32 ? 2e-5f : 0.05f;
    try (CpuDevice device = CpuDevice.open(2, precision)) {
      MemorySegment flat = device.allocate(shape.layout().total());
      Shapes.fill(shape, flat, SEED);
      int[] tokens = new Random(SEED).ints(shape.context(), 0, shape.vocabulary()).toArray();
      LanguageModel model = shape.create(device, 1);
      TokenBatch batch = model.newBatch();
      for (int i = 0; i < tokens.length; i++) {
        batch.set(0, i, tokens[i]);
      }
      MemorySegment expected = model.logits(flat, batch);
      Decoder decoder = shape.decoder(device, flat, shape.context());
      // Twice: the second sequence must not see the first.
      for (int[] cuts : new int[][] {{5, 1, 1, 2, 3}, {1, 7, 1, 1, 1, 1}}) {
        decoder.reset();
        int at = 0;
        for (int count : cuts) {
          MemorySegment logits = decoder.append(Arrays.copyOfRange(tokens, at, at + count));
          at += count;
          for (int token = 0; token < shape.vocabulary(); token++) {
            float wanted = expected.getAtIndex(JAVA_FLOAT, (at - 1L) * shape.vocabulary() + token);
            assertEquals(wanted, logits.getAtIndex(JAVA_FLOAT, token), close, "row " + (at - 1));
          }
        }
        assertEquals(12, decoder.length());
      }
      assertThrows(IllegalArgumentException.class, () -> decoder.append(new int[] {1}));
      assertThrows(IllegalArgumentException.class, () -> decoder.append(new int[0]));
      assertThrows(
          IllegalArgumentException.class, () -> shape.decoder(device, flat, shape.context() + 1));
    }
  }

  @ParameterizedTest
  @MethodSource("shapesInBothPrecisions")
  void givesTheSameBitsOnAnyNumberOfThreads(ModelShape shape, Precision precision) {
    int[] tokens = new Random(SEED).ints(shape.context(), 0, shape.vocabulary()).toArray();
    try (CpuDevice one = CpuDevice.open(1, precision)) {
      MemorySegment expected = lastLogits(shape, one, tokens);
      for (int threads : new int[] {2, 3, 16}) {
        try (CpuDevice many = CpuDevice.open(threads, precision)) {
          assertEquals(
              -1, expected.mismatch(lastLogits(shape, many, tokens)), threads + " threads");
        }
      }
    }
  }

  private static MemorySegment lastLogits(ModelShape shape, CpuDevice device, int[] tokens) {
    MemorySegment flat = device.allocate(shape.layout().total());
    Shapes.fill(shape, flat, SEED);
    Decoder decoder = shape.decoder(device, flat, shape.context());
    decoder.append(Arrays.copyOf(tokens, 5));
    MemorySegment logits = MemorySegment.NULL;
    for (int i = 5; i < tokens.length; i++) {
      logits = decoder.append(new int[] {tokens[i]});
    }
    return logits;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void writesTheSameFromTheSameSeedAndPastItsContext(ModelShape shape) {
    try (CpuDevice device = CpuDevice.open(1)) {
      MemorySegment flat = device.allocate(shape.layout().total());
      Shapes.fill(shape, flat, SEED);
      Generator generator =
          new Generator(shape.decoder(device, flat, 6), new Sampler(0.9, 8, 0.95));
      List<Integer> first = new ArrayList<>();
      List<Integer> again = new ArrayList<>();
      List<Integer> other = new ArrayList<>();
      generator.generate(new int[] {1, 2}, 40, new Random(3), first::add);
      generator.generate(new int[] {1, 2}, 40, new Random(3), again::add);
      generator.generate(new int[] {1, 2}, 40, new Random(4), other::add);
      assertEquals(40, first.size());
      assertEquals(first, again);
      assertNotEquals(first, other);
      List<Integer> few = new ArrayList<>();
      generator.generate(
          new int[20],
          40,
          new Random(3),
          token -> {
            few.add(token);
            return few.size() < 3;
          });
      assertEquals(3, few.size());
      assertThrows(
          IllegalArgumentException.class,
          () -> generator.generate(new int[0], 1, new Random(3), first::add));
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void keepsTheNewerHalfWhenItIsFull(ModelShape shape) {
    try (CpuDevice device = CpuDevice.open(1)) {
      MemorySegment flat = device.allocate(shape.layout().total());
      Shapes.fill(shape, flat, SEED);
      List<Integer> drawn = new ArrayList<>();
      Sampler likeliest = new Sampler(0, 1, 1);
      new Generator(shape.decoder(device, flat, 6), likeliest)
          .generate(new int[] {1, 2, 3, 4, 5, 6}, 2, new Random(3), drawn::add);
      List<Integer> expected = new ArrayList<>();
      new Generator(shape.decoder(device, flat, 6), likeliest)
          .generate(new int[] {4, 5, 6, drawn.getFirst()}, 1, new Random(3), expected::add);
      assertEquals(expected.getFirst(), drawn.get(1));
    }
  }
}
