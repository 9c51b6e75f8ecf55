package dev.sampo.model.llama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.device.cpu.CpuDevice;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class RotaryTest {
  private static final int HEAD = 16;

  private final Rotary plain = new Rotary(10_000, null);

  @Test
  void linearScalingPutsPositionsCloserTogether() {
    try (CpuDevice device = CpuDevice.open(1)) {
      MemorySegment old = plain.table(device, 50, HEAD);
      MemorySegment stretched =
          new Rotary(10_000, new Rotary.Scaling.Linear(2)).table(device, 100, HEAD);
      for (int position = 0; position < 50; position++) {
        for (int i = 0; i < HEAD; i++) {
          assertEquals(
              old.getAtIndex(JAVA_FLOAT, (long) position * HEAD + i),
              stretched.getAtIndex(JAVA_FLOAT, 2L * position * HEAD + i),
              1e-6,
              position + ", " + i);
        }
      }
    }
  }

  @Test
  void aFactorOfOneStretchesNothing() {
    try (CpuDevice device = CpuDevice.open(1)) {
      MemorySegment old = plain.table(device, 50, HEAD);
      Rotary.Scaling linear = new Rotary.Scaling.Linear(1);
      assertEquals(-1, old.mismatch(new Rotary(10_000, linear).table(device, 50, HEAD)));
    }
  }

  @Test
  void llama3LeavesFastPairsAndSlowsSlowOnes() {
    Rotary.Scaling scaling = new Rotary.Scaling.Llama3(8, 1, 4, 8192);
    double fast = 2 * Math.PI * 5 / 8192;
    double slow = 2 * Math.PI * 0.5 / 8192;
    assertEquals(fast, scaling.scale(fast));
    assertEquals(slow / 8, scaling.scale(slow));
    double between = 2 * Math.PI * 2.5 / 8192;
    assertEquals(between * (0.5 + 0.5 / 8), scaling.scale(between), 1e-12);
  }

  @Test
  void refusesWhatDoesNotStretch() {
    assertThrows(IllegalArgumentException.class, () -> new Rotary.Scaling.Linear(0.5));
    assertThrows(IllegalArgumentException.class, () -> new Rotary.Scaling.Linear(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new Rotary.Scaling.Llama3(8, 4, 1, 8192));
  }
}
