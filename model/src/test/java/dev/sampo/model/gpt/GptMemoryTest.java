package dev.sampo.model.gpt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.gpt.GptOptions.Activations;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GptMemoryTest {
  private static final GptShape SHAPE = new GptShape(4, 4, 128, 128, 256);
  private static final int THREADS = 2;
  private static final int SEQUENCES = 32;

  @ParameterizedTest
  @EnumSource
  void isWhatTheDeviceCounts(Precision precision) {
    for (Activations activations : Activations.values()) {
      for (float dropout : new float[] {0, 0.1f}) {
        GptOptions options = new GptOptions(dropout, activations);
        try (CpuDevice device = CpuDevice.open(THREADS, precision);
            Arena arena = Arena.ofShared()) {
          long before = device.usedBytes();
          Gpt model = Gpt.create(SHAPE, device, SEQUENCES, options);
          var batch = model.newBatch();
          long predicted = GptMemory.of(SHAPE, SEQUENCES, precision, options).bytes();
          assertEquals(predicted, device.usedBytes() - before, precision + " " + options);
          MemorySegment flat = arena.allocate(model.layout().total() * Float.BYTES, 64);
          MemorySegment gradient = arena.allocate(model.layout().total() * Float.BYTES, 64);
          model.lossAndGradient(flat, batch, gradient);
          long rows = (long) SEQUENCES * SHAPE.context();
          long work = device.usedBytes() - before - predicted;
          long most = THREADS * GptMemory.workBytes(precision, rows);
          assertTrue(
              0 < work && work <= most,
              precision + " " + options + ": work=" + work + ", most=" + most);
        }
      }
    }
  }
}
