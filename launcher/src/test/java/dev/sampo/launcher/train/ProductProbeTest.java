package dev.sampo.launcher.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.config.Machine;
import dev.sampo.config.ModelConfig;
import dev.sampo.config.SampoConfig;
import dev.sampo.device.MatMul;
import dev.sampo.device.cpu.CpuDevice;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProductProbeTest {
  @Test
  void multipliesWhatTheModelMultipliesUnlessThatTakesLong() {
    assertEquals(
        MatMul.plain(1024, 512, 128).rounded(), ProductProbe.shapeOf(model("width=128"), 8));
    MatMul large = ProductProbe.shapeOf(model("width=8192"), 8);
    assertEquals(16, large.m());
    assertEquals(4 * 8192, large.n());
  }

  @Test
  void measuresAPlausibleRate() {
    try (CpuDevice device = CpuDevice.open(1)) {
      double rate = ProductProbe.measure(device, MatMul.plain(256, 256, 64)).orElseThrow();
      assertTrue(rate > 1e8 && rate < 1e13, () -> "rate=" + rate);
    }
  }

  @Test
  void countsSixFlopsAParameterAndAttention() {
    assertEquals(6e6 + 12 * 4 * 128 * 128, ModelFlops.perToken(model("width=128"), 1_000_000));
  }

  private static ModelConfig model(String setting) {
    return SampoConfig.load(
            List.of(),
            List.of("job.name=a", "job.steps=1", "job.model." + setting),
            new Machine(2, 4L << 30))
        .requireJob()
        .recipe()
        .model();
  }
}
