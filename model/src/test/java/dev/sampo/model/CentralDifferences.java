package dev.sampo.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.device.cpu.CpuDevice;
import java.lang.foreign.MemorySegment;

/** Holds a model's loss and gradient against a plain reference in double. */
public final class CentralDifferences {
  private static final long SEED = 11;

  private CentralDifferences() {}

  /** What a family computes, written out plainly. */
  @FunctionalInterface
  public interface Reference {
    /** Mean loss of windows of context + 1 tokens. */
    double loss(double[] parameters, int[][] windows);
  }

  /** Every single parameter is moved. */
  public static void agree(ModelShape shape, Reference reference, int[][] windows) {
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
}
