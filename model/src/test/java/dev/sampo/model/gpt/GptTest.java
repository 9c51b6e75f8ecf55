package dev.sampo.model.gpt;

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
import dev.sampo.model.Range;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.optimizer.AdamW;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GptTest {
  private static final long SEED = 11;
  private static final long MOST_ALLOCATED_BYTES = 10 * 1024;
  private static final GptShape SHAPE = new GptShape(2, 2, 32, 20, 256);
  private static final String TEXT =
      "public final class Sampo { private int flour; private int salt; private int gold; }\n";

  /** Parameters away from their initial zeros and ones, so that no gradient vanishes. */
  private static double[] parameters(Random random, Gpt model, MemorySegment flat) {
    model.initialise(SEED, flat);
    double[] values = new double[Math.toIntExact(model.layout().total())];
    for (int i = 0; i < values.length; i++) {
      float value = flat.getAtIndex(JAVA_FLOAT, i) * 5 + (random.nextFloat() - 0.5f) * 0.2f;
      flat.setAtIndex(JAVA_FLOAT, i, value);
      values[i] = value;
    }
    return values;
  }

  @Test
  void gradientOfEveryParameterAgreesWithCentralDifferences() {
    GptShape shape = new GptShape(2, 2, 8, 5, 7);
    int[][] windows = {{0, 3, 6, 3, 1, 2}, {5, 5, 4, 0, 0, 6}};
    try (CpuDevice device = CpuDevice.open(2)) {
      Gpt model = Gpt.create(shape, device, windows.length);
      MemorySegment flat = device.allocate(model.layout().total());
      MemorySegment gradient = device.allocate(model.layout().total());
      double[] values = parameters(new Random(SEED), model, flat);
      gradient.fill((byte) -1); // NaN: whatever is not overwritten will show
      TokenBatch batch = fill(model.newBatch(), windows);
      float loss = model.lossAndGradient(flat, batch, gradient);
      ReferenceGpt reference = new ReferenceGpt(shape);
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

  private static TokenBatch fill(TokenBatch batch, int[][] windows) {
    for (int sequence = 0; sequence < windows.length; sequence++) {
      for (int place = 0; place < windows[sequence].length; place++) {
        batch.set(sequence, place, windows[sequence][place]);
      }
    }
    return batch;
  }

  /** Result of a short training run: losses and parameters. */
  private record Run(List<Float> losses, MemorySegment parameters) {}

  private static Run train(Device device, Arena arena, int steps) {
    return train(device, arena, steps, GptOptions.PLAIN);
  }

  private static Run train(Device device, Arena arena, int steps, GptOptions options) {
    Gpt model = Gpt.create(SHAPE, device, 4, options);
    long total = model.layout().total();
    AdamW.State[] versions = new AdamW.State[2];
    for (int i = 0; i < 2; i++) {
      versions[i] = new AdamW.State(flat(arena, total), flat(arena, total), flat(arena, total));
    }
    MemorySegment gradient = flat(arena, total);
    model.initialise(SEED, versions[0].parameters());
    AdamW optimizer = new AdamW(0.9f, 0.99f, 1e-8f, 0.1f);
    List<Range> decayed = model.layout().decayed(0, total);
    TokenBatch batch = model.newBatch();
    byte[] text = TEXT.repeat(4).getBytes(StandardCharsets.UTF_8);
    Random random = new Random(SEED);
    List<Float> losses = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      for (int sequence = 0; sequence < batch.sequences(); sequence++) {
        int start = random.nextInt(text.length - batch.context());
        for (int place = 0; place <= batch.context(); place++) {
          batch.set(sequence, place, text[start + place]);
        }
      }
      AdamW.State from = versions[(step + 1) % 2];
      model.load(from.parameters());
      losses.add(model.lossAndGradient(batch, gradient, step, GradientListener.NONE));
      optimizer.step(
          new AdamW.Scalars(step, 3e-3f, 1f), from, versions[step % 2], gradient, decayed);
    }
    return new Run(losses, versions[steps % 2].parameters());
  }

  private static MemorySegment flat(Arena arena, long elements) {
    return arena.allocate(elements * Float.BYTES, 64);
  }

  @ParameterizedTest
  @EnumSource
  void trainingGivesTheSameBitsOnAnyNumberOfThreads(Precision precision) {
    GptOptions options = new GptOptions(0.1f, GptOptions.Activations.KEPT);
    try (Arena arena = Arena.ofShared();
        CpuDevice one = CpuDevice.open(1, precision)) {
      Run expected = train(one, arena, 20, options);
      for (int threads : new int[] {2, 3, 16}) {
        try (CpuDevice many = CpuDevice.open(threads, precision)) {
          assertSame(expected, train(many, arena, 20, options), threads + " threads");
        }
      }
    }
  }

  private static void assertSame(Run expected, Run actual, String what) {
    assertEquals(expected.losses(), actual.losses(), "losses on " + what);
    assertEquals(hash(expected), hash(actual), "SHA-256 of the parameters on " + what);
  }

  private static String hash(Run run) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(run.parameters().asByteBuffer());
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void computingActivationsAnewChangesNoBit(Precision precision) {
    try (Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(2, precision)) {
      Run kept = train(device, arena, 5, new GptOptions(0.2f, GptOptions.Activations.KEPT));
      Run anew = train(device, arena, 5, new GptOptions(0.2f, GptOptions.Activations.RECOMPUTED));
      assertSame(kept, anew, "recomputed activations");
    }
  }

  @Test
  void gradientThroughDropoutAgreesWithDifferencesAlongADirection() {
    GptOptions options = new GptOptions(0.3f, GptOptions.Activations.KEPT);
    try (CpuDevice device = CpuDevice.open(2)) {
      Gpt model = Gpt.create(new GptShape(2, 2, 16, 9, 31), device, 2, options);
      int total = Math.toIntExact(model.layout().total());
      MemorySegment flat = device.allocate(total);
      MemorySegment gradient = device.allocate(total);
      MemorySegment rest = device.allocate(total);
      Random random = new Random(SEED);
      double[] values = parameters(random, model, flat);
      TokenBatch batch = fill(model.newBatch(), random.ints(20, 0, 31).toArray());
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
      float step = 4e-4f;
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        for (int i = 0; i < total; i++) {
          double moved = values[i] + (side == 0 ? step : -step) * direction[i];
          flat.setAtIndex(JAVA_FLOAT, i, (float) moved);
        }
        model.load(flat);
        losses[side] = model.lossAndGradient(batch, rest, 9, GradientListener.NONE);
      }
      double found = (losses[0] - losses[1]) / (2 * step);
      assertEquals(found, slope, 5e-3 * Math.abs(found) + 1e-3, "seed " + SEED);
    }
  }

  private static TokenBatch fill(TokenBatch batch, int[] tokens) {
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      for (int place = 0; place <= batch.context(); place++) {
        batch.set(sequence, place, tokens[sequence * 10 + place]);
      }
    }
    return batch;
  }

  /**
   * What a step allocates on the heap is its kernels' lambdas: no vector, and nothing that grows.
   */
  @ParameterizedTest
  @EnumSource
  void aWarmStepAllocatesNextToNothing(Precision precision) {
    ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    try (CpuDevice device = CpuDevice.open(2, precision)) {
      Gpt model = Gpt.create(SHAPE, device, 4);
      MemorySegment flat = device.allocate(model.layout().total());
      MemorySegment gradient = device.allocate(model.layout().total());
      model.initialise(SEED, flat);
      TokenBatch batch = model.newBatch();
      long least = Long.MAX_VALUE;
      // Until the compiler is done, vectors live on the heap.
      for (int round = 0; round < 200 && least > MOST_ALLOCATED_BYTES; round++) {
        long usedBytes = device.usedBytes();
        long before = threads.getTotalThreadAllocatedBytes();
        for (int step = 0; step < 20; step++) {
          model.lossAndGradient(flat, batch, gradient);
        }
        least = Math.min(least, (threads.getTotalThreadAllocatedBytes() - before) / 20);
        assertTrue(round == 0 || device.usedBytes() == usedBytes, "native memory grew");
      }
      assertTrue(least <= MOST_ALLOCATED_BYTES, "bytes a step: " + least);
    }
  }

  @Test
  void trainingLearnsASmallText() {
    try (Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(1)) {
      List<Float> losses = train(device, arena, 80).losses();
      assertEquals(Math.log(256), losses.getFirst(), 0.3, "first loss");
      assertTrue(losses.getLast() < 1.5, losses::toString);
    }
  }

  @Test
  void portableKernelsTrainTheSameModelUpToRounding() {
    try (Arena arena = Arena.ofShared();
        CpuDevice fast = CpuDevice.open(1);
        CpuDevice portable = CpuDevice.openPortable(1)) {
      List<Float> expected = train(fast, arena, 8).losses();
      List<Float> actual = train(portable, arena, 8).losses();
      for (int step = 0; step < expected.size(); step++) {
        assertEquals(expected.get(step), actual.get(step), 1e-3f, "loss of step " + step);
      }
    }
  }

  @Test
  void refusesVectorsAndBatchesOfAnotherShape() {
    try (CpuDevice device = CpuDevice.openPortable(1)) {
      Gpt model = Gpt.create(new GptShape(1, 1, 4, 3, 5), device, 2);
      Gpt other = Gpt.create(new GptShape(1, 1, 4, 2, 5), device, 2);
      MemorySegment flat = device.allocate(model.layout().total());
      MemorySegment small = device.allocate(model.layout().total() - 1);
      assertThrows(IllegalArgumentException.class, () -> model.loss(small, model.newBatch()));
      assertThrows(IllegalArgumentException.class, () -> model.loss(flat, other.newBatch()));
      assertThrows(IllegalArgumentException.class, () -> new GptShape(1, 3, 8, 4, 5));
    }
  }
}
