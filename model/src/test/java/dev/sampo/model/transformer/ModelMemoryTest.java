package dev.sampo.model.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelMemory;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelOptions.Activations;
import dev.sampo.model.ModelShape;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.llama.Rotary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ModelMemoryTest {
  private static final int THREADS = 2;
  private static final int SEQUENCES = 32;
  private static final List<ModelShape> SHAPES =
      List.of(
          new GptShape(4, 4, 128, 128, 256),
          new GptShape(1, 4, 100, 100, 300),
          new LlamaShape(
              4, 4, 2, 128, 320, 128, 256, Head.SEPARATE, new Rotary(10_000, null), 1e-5f));

  @ParameterizedTest
  @EnumSource
  void isWhatTheDeviceCounts(Precision precision) {
    for (ModelShape shape : SHAPES) {
      for (Activations activations : Activations.values()) {
        for (float dropout : new float[] {0, 0.1f}) {
          agree(shape, precision, new ModelOptions(dropout, activations));
        }
      }
    }
  }

  private static void agree(ModelShape shape, Precision precision, ModelOptions options) {
    String what = shape + " " + precision + " " + options;
    try (CpuDevice device = CpuDevice.open(THREADS, precision);
        Arena arena = Arena.ofShared()) {
      long before = device.usedBytes();
      LanguageModel model = shape.create(device, SEQUENCES, options);
      TokenBatch batch = model.newBatch();
      long predicted = shape.memory(SEQUENCES, precision, options).bytes();
      assertEquals(predicted, device.usedBytes() - before, what);
      long bytes = model.layout().total() * Float.BYTES;
      MemorySegment flat = arena.allocate(bytes, 64);
      model.lossAndGradient(flat, batch, arena.allocate(bytes, 64));
      long rows = (long) SEQUENCES * shape.context();
      long work = device.usedBytes() - before - predicted;
      long most = THREADS * ModelMemory.workBytes(precision, rows);
      most += ModelMemory.packedBytes(precision, rows, shape.width());
      assertTrue(0 < work && work <= most, what + ": work=" + work + ", most=" + most);
    }
  }
}
