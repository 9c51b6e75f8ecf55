package dev.sampo.model.llama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.device.Device;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.Shapes;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.optimizer.AdamW;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LlamaTest {
  private static final long SEED = 11;

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

  private static Run train(Device device, Arena arena, int steps) {
    LlamaShape shape =
        new LlamaShape(2, 4, 2, 32, 48, 70, 300, Head.SEPARATE, new Rotary(10_000, null), 1e-5f);
    LanguageModel model = shape.create(device, 3);
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
      losses.add(model.lossAndGradient(from.parameters(), batch, gradient));
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

  @Test
  void trainingGivesTheSameBitsOnAnyNumberOfThreads() {
    try (Arena arena = Arena.ofShared();
        CpuDevice one = CpuDevice.open(1)) {
      Run expected = train(one, arena, 20);
      for (int threads : new int[] {2, 3}) {
        try (CpuDevice many = CpuDevice.open(threads)) {
          Run actual = train(many, arena, 20);
          assertEquals(expected.losses(), actual.losses(), "losses on " + threads + " threads");
          assertEquals(-1, expected.parameters().mismatch(actual.parameters()));
        }
      }
    }
  }

  @Test
  void trainingLearnsASimplePattern() {
    try (Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(1)) {
      List<Float> losses = train(device, arena, 60).losses();
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
