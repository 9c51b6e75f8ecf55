package dev.sampo.model.transformer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.GradientListener;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelOptions.Activations;
import dev.sampo.model.ModelShape;
import dev.sampo.model.Shapes;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.llama.Rotary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every family. */
final class TransformerTest {
  private static final long SEED = 11;

  /**
   * Three layers: a last one, one between, and a first one. GPT-2 of odd sizes, LLaMA with products
   * that are large enough for every way to make them.
   */
  enum Family {
    GPT2 {
      @Override
      ModelShape get() {
        return new GptShape(3, 2, 32, 20, 300);
      }
    },
    LLAMA {
      @Override
      ModelShape get() {
        Rotary rotary = new Rotary(10_000, null);
        return new LlamaShape(3, 4, 2, 32, 64, 70, 300, Head.SEPARATE, rotary, 1e-5f);
      }
    };

    abstract ModelShape get();
  }

  static List<Arguments> familiesAndPrecisions() {
    List<Arguments> all = new ArrayList<>();
    for (Family family : Family.values()) {
      for (Precision precision : Precision.values()) {
        all.add(Arguments.of(family, precision));
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("familiesAndPrecisions")
  void trainingGivesTheSameBitsOnAnyNumberOfThreads(Family family, Precision precision) {
    ModelOptions options = new ModelOptions(0.1f, Activations.KEPT);
    try (Arena arena = Arena.ofShared();
        CpuDevice one = CpuDevice.open(1, precision)) {
      Trained expected = Trained.of(family.get(), one, arena, 20, options);
      for (int threads : new int[] {2, 3, 16}) {
        try (CpuDevice many = CpuDevice.open(threads, precision)) {
          Trained actual = Trained.of(family.get(), many, arena, 20, options);
          expected.assertSame(actual, threads + " threads");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("familiesAndPrecisions")
  void computingActivationsAnewChangesNoBit(Family family, Precision precision) {
    try (Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(2, precision)) {
      for (float dropout : new float[] {0, 0.2f}) {
        Trained kept =
            Trained.of(family.get(), device, arena, 5, new ModelOptions(dropout, Activations.KEPT));
        Trained anew =
            Trained.of(
                family.get(), device, arena, 5, new ModelOptions(dropout, Activations.RECOMPUTED));
        kept.assertSame(anew, "recomputed activations, dropout " + dropout);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("familiesAndPrecisions")
  void evaluationBetweenStepsChangesNoBit(Family family, Precision precision) {
    try (CpuDevice device = CpuDevice.open(2, precision)) {
      for (Activations activations : Activations.values()) {
        LanguageModel model = family.get().create(device, 2, new ModelOptions(0.1f, activations));
        MemorySegment flat = device.allocate(model.layout().total());
        MemorySegment first = device.allocate(model.layout().total());
        MemorySegment second = device.allocate(model.layout().total());
        Shapes.fill(family.get(), flat, SEED);
        TokenBatch batch = fill(model.newBatch(), new Random(SEED), 300);
        model.load(flat);
        float loss = model.lossAndGradient(batch, first, 1, GradientListener.NONE);
        float evaluated = model.loss(flat, batch);
        assertEquals(loss, model.lossAndGradient(batch, second, 1, GradientListener.NONE));
        assertEquals(-1, first.mismatch(second), "byte of the gradient, " + activations);
        assertEquals(evaluated, model.loss(flat, batch));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsOfEachLayerWhenItsGradientIsFinished(Family family) {
    try (CpuDevice device = CpuDevice.open(2)) {
      LanguageModel model = family.get().create(device, 2);
      MemorySegment flat = device.allocate(model.layout().total());
      MemorySegment gradient = device.allocate(model.layout().total());
      MemorySegment seen = device.allocate(model.layout().total());
      Shapes.fill(family.get(), flat, SEED);
      TokenBatch batch = fill(model.newBatch(), new Random(SEED), 300);
      model.load(flat);
      List<Long> firsts = new ArrayList<>();
      model.lossAndGradient(
          batch,
          gradient,
          0,
          (first, loss) -> {
            long from = first * Float.BYTES;
            long to = firsts.isEmpty() ? gradient.byteSize() : firsts.getLast() * Float.BYTES;
            seen.asSlice(from, to - from).copyFrom(gradient.asSlice(from, to - from));
            firsts.add(first);
          });
      String prefix = family == Family.GPT2 ? "h.%d." : "model.layers.%d.";
      assertEquals(
          LongStream.of(2, 1, 0)
              .map(i -> model.layout().first(prefix.formatted(i)))
              .boxed()
              .toList(),
          firsts);
      long from = firsts.getLast() * Float.BYTES;
      assertEquals(-1, seen.asSlice(from).mismatch(gradient.asSlice(from)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void gradientThroughDropoutAgreesWithDifferencesAlongADirection(Family family) {
    ModelShape shape =
        family == Family.GPT2 ? new GptShape(2, 2, 16, 9, 31) : Shapes.llama(Head.SEPARATE);
    try (CpuDevice device = CpuDevice.open(2)) {
      LanguageModel model = shape.create(device, 2, new ModelOptions(0.3f, Activations.KEPT));
      int total = Math.toIntExact(model.layout().total());
      MemorySegment flat = device.allocate(total);
      MemorySegment moved = device.allocate(total);
      MemorySegment gradient = device.allocate(total);
      MemorySegment rest = device.allocate(total);
      Shapes.fill(shape, flat, SEED);
      Random random = new Random(SEED);
      TokenBatch batch = fill(model.newBatch(), random, shape.vocabulary());
      model.load(flat);
      float loss = model.lossAndGradient(batch, gradient, 9, GradientListener.NONE);
      assertNotEquals(
          loss,
          model.lossAndGradient(batch, rest, 10, GradientListener.NONE),
          "another micro-batch's mask");
      assertNotEquals(loss, model.loss(flat, batch), "evaluation drops nothing");
      double[] direction = random.doubles(total, -1, 1).toArray();
      double slope = 0;
      for (int i = 0; i < total; i++) {
        slope += direction[i] * gradient.getAtIndex(JAVA_FLOAT, i);
      }
      float step = 2e-4f;
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        for (int i = 0; i < total; i++) {
          double at = flat.getAtIndex(JAVA_FLOAT, i) + (side == 0 ? step : -step) * direction[i];
          moved.setAtIndex(JAVA_FLOAT, i, (float) at);
        }
        model.load(moved);
        losses[side] = model.lossAndGradient(batch, rest, 9, GradientListener.NONE);
      }
      double found = (losses[0] - losses[1]) / (2 * step);
      assertEquals(found, slope, 5e-3 * Math.abs(found) + 1e-3, "seed " + SEED);
    }
  }

  private static TokenBatch fill(TokenBatch batch, Random random, int vocabulary) {
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      for (int place = 0; place <= batch.context(); place++) {
        batch.set(sequence, place, random.nextInt(vocabulary));
      }
    }
    return batch;
  }

  /** Not one object on any thread: no lambda, no vector, and nothing that grows. */
  @ParameterizedTest
  @MethodSource("familiesAndPrecisions")
  void aWarmStepAllocatesNothing(Family family, Precision precision) {
    ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    try (CpuDevice device = CpuDevice.open(2, precision)) {
      ModelOptions options = new ModelOptions(0f, Activations.RECOMPUTED);
      LanguageModel model = family.get().create(device, 3, options);
      MemorySegment flat = device.allocate(model.layout().total());
      MemorySegment gradient = device.allocate(model.layout().total());
      model.initialise(SEED, flat);
      TokenBatch batch = model.newBatch();
      long least = Long.MAX_VALUE;
      // Until the compiler is done, vectors live on the heap.
      for (int round = 0; round < 200 && least > 0; round++) {
        long usedBytes = device.usedBytes();
        long before = threads.getTotalThreadAllocatedBytes();
        for (int step = 0; step < 20; step++) {
          model.lossAndGradient(flat, batch, gradient);
        }
        least = Math.min(least, (threads.getTotalThreadAllocatedBytes() - before) / 20);
        assertTrue(round == 0 || device.usedBytes() == usedBytes, "native memory grew");
      }
      assertEquals(0, least, "bytes a step");
    }
  }

  @ParameterizedTest
  @MethodSource("familiesAndPrecisions")
  void trainingLearnsASimplePattern(Family family, Precision precision) {
    try (Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(1, precision)) {
      List<Float> losses = Trained.of(family.get(), device, arena, 60, ModelOptions.PLAIN).losses();
      assertEquals(Math.log(300), losses.getFirst(), 0.3, "first loss");
      assertTrue(losses.getLast() < 0.5, losses::toString);
    }
  }

  @ParameterizedTest
  @EnumSource
  void portableKernelsTrainTheSameModelUpToRounding(Family family) {
    try (Arena arena = Arena.ofShared();
        CpuDevice fast = CpuDevice.open(1);
        CpuDevice portable = CpuDevice.openPortable(1)) {
      List<Float> expected = Trained.of(family.get(), fast, arena, 8, ModelOptions.PLAIN).losses();
      List<Float> actual =
          Trained.of(family.get(), portable, arena, 8, ModelOptions.PLAIN).losses();
      for (int step = 0; step < expected.size(); step++) {
        assertEquals(expected.get(step), actual.get(step), 1e-3f, "loss of step " + step);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesVectorsAndBatchesOfAnotherShape(Family family) {
    try (CpuDevice device = CpuDevice.openPortable(1)) {
      LanguageModel model = family.get().create(device, 2);
      MemorySegment flat = device.allocate(model.layout().total());
      MemorySegment small = device.allocate(model.layout().total() - 1);
      TokenBatch batch = model.newBatch();
      TokenBatch fewer = family.get().create(device, 1).newBatch();
      assertThrows(
          IllegalStateException.class,
          () -> model.lossAndGradient(batch, flat, 0, GradientListener.NONE));
      assertThrows(IllegalArgumentException.class, () -> model.loss(small, batch));
      assertThrows(IllegalArgumentException.class, () -> model.loss(flat, fewer));
    }
  }
}
