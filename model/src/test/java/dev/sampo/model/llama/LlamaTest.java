package dev.sampo.model.llama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.sampo.device.Device;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.GradientListener;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.Shapes;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.optimizer.AdamW;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LlamaTest {
  private static final long SEED = 11;
  private static final long MOST_ALLOCATED_BYTES = 10 * 1024;

  @ParameterizedTest
  @EnumSource(Head.class)
  void gradientOfEveryParameterAgreesWithCentralDifferences(Head head) {
    LlamaShape shape = Shapes.llama(head);
    int[][] windows = new int[1][];
    for (int i = 0; i < windows.length; i++) {
      windows[i] = new Random(SEED + i).ints(shape.context() + 1, 0, 11).toArray();
    }
    try (CpuDevice device = CpuDevice.open(2)) {
      LanguageModel model = shape.create(device, windows.length);
      MemorySegment flat = device.allocate(model.layout().total());
      MemorySegment gradient = device.allocate(model.layout().total());
      Shapes.fill(shape, flat, SEED);
      gradient.fill((byte) -1); // NaN: whatever is not overwritten will show
      TokenBatch batch = model.newBatch();
      for (int sequence = 0; sequence < windows.length; sequence++) {
        for (int place = 0; place <= shape.context(); place++) {
          batch.set(sequence, place, windows[sequence][place]);
        }
      }
      float loss = model.lossAndGradient(flat, batch, gradient);
      double[] values = new double[Math.toIntExact(model.layout().total())];
      for (int i = 0; i < values.length; i++) {
        values[i] = flat.getAtIndex(JAVA_FLOAT, i);
      }
      ReferenceLlama reference = new ReferenceLlama(shape);
      assertEquals(reference.loss(values, windows), loss, 1e-5, "loss, seed " + SEED);
      assertEquals(loss, model.loss(flat, batch), "the loss alone is the same bits");
      for (int i = 0; i < values.length; i++) {
        double kept = values[i];
        values[i] = kept + 1e-5;
        double above = reference.loss(values, windows);
        values[i] = kept - 1e-5;
        double below = reference.loss(values, windows);
        values[i] = kept;
        assertEquals(
            (above - below) / 2e-5, gradient.getAtIndex(JAVA_FLOAT, i), 2e-5, "parameter " + i);
      }
    }
  }

  private record Run(List<Float> losses, MemorySegment parameters) {}

  private static final LlamaShape SHAPE =
      new LlamaShape(2, 4, 2, 32, 48, 70, 300, Head.SEPARATE, new Rotary(10_000, null), 1e-5f);

  private static Run train(Device device, Arena arena, int steps, float dropout) {
    LanguageModel model = SHAPE.create(device, 3, dropout);
    long total = model.layout().total();
    AdamW.State[] versions = new AdamW.State[2];
    for (int i = 0; i < 2; i++) {
      versions[i] = new AdamW.State(flat(arena, total), flat(arena, total), flat(arena, total));
    }
    MemorySegment gradient = flat(arena, total);
    model.initialise(SEED, versions[0].parameters());
    AdamW optimizer = new AdamW(0.9f, 0.99f, 1e-8f, 0.1f);
    TokenBatch batch = model.newBatch();
    Random random = new Random(SEED);
    List<Float> losses = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      for (int sequence = 0; sequence < batch.sequences(); sequence++) {
        int start = random.nextInt(7);
        for (int place = 0; place <= batch.context(); place++) {
          batch.set(sequence, place, (start + place) % 7 * 41);
        }
      }
      AdamW.State from = versions[(step + 1) % 2];
      model.load(from.parameters());
      losses.add(model.lossAndGradient(batch, gradient, step, GradientListener.NONE));
      optimizer.step(
          new AdamW.Scalars(step, 3e-3f, 1f),
          from,
          versions[step % 2],
          gradient,
          model.layout().decayed(0, total));
    }
    return new Run(losses, versions[steps % 2].parameters());
  }

  private static MemorySegment flat(Arena arena, long elements) {
    return arena.allocate(elements * Float.BYTES, 64);
  }

  @ParameterizedTest
  @EnumSource
  void trainingGivesTheSameBitsOnAnyNumberOfThreads(Precision precision) {
    try (Arena arena = Arena.ofShared();
        CpuDevice one = CpuDevice.open(1, precision)) {
      Run expected = train(one, arena, 20, 0.1f);
      for (int threads : new int[] {2, 3, 16}) {
        try (CpuDevice many = CpuDevice.open(threads, precision)) {
          Run actual = train(many, arena, 20, 0.1f);
          assertEquals(expected.losses(), actual.losses(), "losses on " + threads + " threads");
          assertEquals(-1, expected.parameters().mismatch(actual.parameters()));
        }
      }
    }
  }

  @Test
  void gradientThroughDropoutAgreesWithDifferencesAlongADirection() {
    LlamaShape shape = Shapes.llama(Head.SEPARATE);
    try (CpuDevice device = CpuDevice.open(2)) {
      LanguageModel model = shape.create(device, 2, 0.3f);
      int total = Math.toIntExact(model.layout().total());
      MemorySegment flat = device.allocate(total);
      MemorySegment moved = device.allocate(total);
      MemorySegment gradient = device.allocate(total);
      MemorySegment rest = device.allocate(total);
      Shapes.fill(shape, flat, SEED);
      Random random = new Random(SEED);
      TokenBatch batch = model.newBatch();
      for (int sequence = 0; sequence < 2; sequence++) {
        for (int place = 0; place <= shape.context(); place++) {
          batch.set(sequence, place, random.nextInt(shape.vocabulary()));
        }
      }
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
      float step = 1e-4f;
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

  /**
   * What a step allocates on the heap is its kernels' lambdas: no vector, and nothing that grows.
   */
  @ParameterizedTest
  @EnumSource
  void aWarmStepAllocatesNextToNothing(Precision precision) {
    ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    try (CpuDevice device = CpuDevice.open(2, precision)) {
      LanguageModel model = SHAPE.create(device, 3);
      MemorySegment flat = device.allocate(model.layout().total());
      MemorySegment gradient = device.allocate(model.layout().total());
      model.initialise(SEED, flat);
      TokenBatch batch = model.newBatch();
      long least = Long.MAX_VALUE;
      // Until the compiler is done, vectors live on the heap.
      for (int round = 0; round < 200 && least > MOST_ALLOCATED_BYTES; round++) {
        long before = threads.getTotalThreadAllocatedBytes();
        for (int step = 0; step < 20; step++) {
          model.lossAndGradient(flat, batch, gradient);
        }
        least = Math.min(least, (threads.getTotalThreadAllocatedBytes() - before) / 20);
      }
      assertTrue(least <= MOST_ALLOCATED_BYTES, "bytes a step: " + least);
    }
  }

  @ParameterizedTest
  @EnumSource
  void trainingLearnsASimplePattern(Precision precision) {
    try (Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(1, precision)) {
      List<Float> losses = train(device, arena, 60, 0f).losses();
      assertEquals(Math.log(300), losses.getFirst(), 0.3, "first loss");
      assertTrue(losses.getLast() < 0.5, losses::toString);
    }
  }

  @Test
  void refusesVectorsBatchesAndSizesThatDoNotFit() {
    LlamaShape shape = Shapes.llama(Head.TIED);
    try (CpuDevice device = CpuDevice.openPortable(1)) {
      LanguageModel model = shape.create(device, 2);
      MemorySegment flat = device.allocate(model.layout().total());
      MemorySegment small = device.allocate(model.layout().total() - 1);
      TokenBatch other = shape.create(device, 1).newBatch();
      assertThrows(IllegalArgumentException.class, () -> model.loss(small, model.newBatch()));
      assertThrows(IllegalArgumentException.class, () -> model.loss(flat, other));
    }
    Rotary rotary = new Rotary(10_000, null);
    assertThrows(
        IllegalArgumentException.class,
        () -> new LlamaShape(1, 4, 3, 16, 8, 4, 5, Head.TIED, rotary, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LlamaShape(1, 4, 2, 20, 8, 4, 5, Head.TIED, rotary, 0));
    assertThrows(IllegalArgumentException.class, () -> new Rotary(1, null));
  }
}
