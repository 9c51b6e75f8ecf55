package dev.sampo.model.gpt;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.device.Device;
import dev.sampo.device.FloatVectors;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.ParameterTensor;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.optimizer.AdamW;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Ten steps of a tiny GPT-2 against what PyTorch computed; see make_gpt2_fixture.py. */
class PyTorchTest {
  private static final GptShape SHAPE = new GptShape(2, 2, 32, 24, 50);
  private static final int BATCH = 3;
  private static final int STEPS = 10;
  private static final float RATE = 5e-4f;

  private final JsonNode fixture = fixture();
  private final JsonNode norms = fixture.path("gradient-norms");

  private static JsonNode fixture() {
    try (InputStream in =
        Objects.requireNonNull(PyTorchTest.class.getResourceAsStream("gpt2-fixture.json"))) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException("the fixture is no JSON", e);
    }
  }

  @Test
  void trainsAsPyTorchDoes() {
    try (CpuDevice device = CpuDevice.open(2)) {
      train(device, "losses", 1e-4, 1e-3);
    }
  }

  @Test
  void trainsInBf16AsPyTorchDoes() {
    try (CpuDevice device = CpuDevice.open(2, Precision.BF16)) {
      train(device, "bf16-losses", 1e-2, Double.POSITIVE_INFINITY);
    }
  }

  private void train(Device device, String losses, double lossClose, double normClose) {
    Gpt model = Gpt.create(SHAPE, device, BATCH);
    List<ParameterTensor> tensors = model.layout().tensors();
    long total = model.layout().total();
    AdamW.State[] versions = {state(device, total), state(device, total)};
    fill(tensors, versions[0].parameters());
    MemorySegment gradient = device.allocate(total);
    TokenBatch batch = model.newBatch();
    AdamW optimizer = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f);
    for (int step = 0; step < STEPS; step++) {
      fill(batch, step);
      AdamW.State from = versions[step % 2];
      double loss = model.lossAndGradient(from.parameters(), batch, gradient);
      double expected = fixture.path(losses).path(step).doubleValue();
      assertEquals(expected, loss, lossClose * expected, "loss of step " + step);
      for (int i = 0; i < tensors.size(); i++) {
        ParameterTensor tensor = tensors.get(i);
        assertEquals(tensor.name(), fixture.path("tensors").path(i).textValue());
        double norm = Math.sqrt(FloatVectors.sumSquares(slice(gradient, tensor)));
        double wanted = norms.path(step).path(i).doubleValue();
        assertEquals(wanted, norm, normClose * wanted, tensor.name() + ", step " + step);
      }
      double norm = Math.sqrt(FloatVectors.sumSquares(gradient));
      float clip = (float) Math.min(1, 1 / norm);
      optimizer.step(
          new AdamW.Scalars(step + 1, RATE, clip),
          from,
          versions[(step + 1) % 2],
          gradient,
          model.layout().decayed(0, total));
    }
  }

  private static AdamW.State state(Device device, long total) {
    return new AdamW.State(device.allocate(total), device.allocate(total), device.allocate(total));
  }

  private static MemorySegment slice(MemorySegment flat, ParameterTensor tensor) {
    return flat.asSlice(tensor.offset() * Float.BYTES, tensor.elements() * Float.BYTES);
  }

  /** The script's formula. */
  private static void fill(List<ParameterTensor> tensors, MemorySegment flat) {
    for (ParameterTensor tensor : tensors) {
      double base = tensor.role() == ParameterTensor.Role.GAIN ? 1 : 0;
      for (long i = tensor.offset(); i < tensor.end(); i++) {
        double value = base + 0.05 * StrictMath.sin(0.7 * i + 0.01 * (i % 97));
        flat.setAtIndex(JAVA_FLOAT, i, (float) value);
      }
    }
  }

  private static void fill(TokenBatch batch, int step) {
    for (int s = 0; s < BATCH; s++) {
      int sequence = s;
      IntStream.rangeClosed(0, SHAPE.context())
          .forEach(
              place ->
                  batch.set(
                      sequence,
                      place,
                      (step * 7 + sequence * 13 + place * place + 3 * place) % SHAPE.vocabulary()));
    }
  }
}
