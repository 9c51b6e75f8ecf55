package dev.sampo.model.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.gpt.GptMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LlamaMemoryTest {
  private static final int THREADS = 2;
  private static final int SEQUENCES = 32;

  @ParameterizedTest
  @CsvSource({"TIED, F32, 0", "SEPARATE, F32, 0.1", "TIED, BF16, 0", "SEPARATE, BF16, 0.1"})
  void isWhatTheDeviceCounts(LlamaShape.Head head, Precision precision, float dropout) {
    Rotary rotary = new Rotary(10_000, null);
    LlamaShape shape = new LlamaShape(4, 4, 2, 128, 320, 128, 256, head, rotary, 1e-5f);
    try (CpuDevice device = CpuDevice.open(THREADS, precision);
        Arena arena = Arena.ofShared()) {
      long before = device.usedBytes();
      LanguageModel model = shape.create(device, SEQUENCES, dropout);
      TokenBatch batch = model.newBatch();
      long predicted = LlamaMemory.of(shape, SEQUENCES, precision, dropout).bytes();
      assertEquals(predicted, device.usedBytes() - before);
      long bytes = model.layout().total() * Float.BYTES;
      MemorySegment flat = arena.allocate(bytes, 64);
      model.lossAndGradient(flat, batch, arena.allocate(bytes, 64));
      long rows = (long) SEQUENCES * shape.context();
      long work = device.usedBytes() - before - predicted;
      long most = THREADS * GptMemory.workBytes(precision, rows);
      assertTrue(0 < work && work <= most, "work=" + work + ", most=" + most);
    }
  }
}
