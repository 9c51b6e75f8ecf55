package dev.sampo.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.device.Device;
import dev.sampo.device.FloatVectors;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.Rotary;
import dev.sampo.model.optimizer.AdamW;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Ten steps of tiny models against what PyTorch computed; see the scripts beside the fixtures. */
class PyTorchTest {
  private static final int BATCH = 3;
  private static final int STEPS = 10;
  private static final float RATE = 5e-4f;

  static final List<Family> FAMILIES =
      List.of(
          new Family(new GptShape(2, 2, 32, 24, 50), "gpt/gpt2-fixture.json"),
          new Family(
              new LlamaShape(
                  2,
                  4,
                  2,
                  32,
                  48,
                  24,
                  50,
                  LlamaShape.Head.SEPARATE,
                  new Rotary(10_000, null),
                  1e-5f),
              "llama/llama-fixture.json"));

  record Family(ModelShape shape, String fixture) {
    JsonNode read() {
      try (InputStream in =
          Objects.requireNonNull(PyTorchTest.class.getResourceAsStream(fixture))) {
        return new ObjectMapper().readTree(in);
      } catch (IOException e) {
        throw new IllegalStateException("the fixture is no JSON: " + fixture, e);
      }
    }
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void trainsAsPyTorchDoes(Family family) {
    try (CpuDevice device = CpuDevice.open(2)) {
      train(family, device, "losses", 1e-4, 1e-3);
    }
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void trainsInBf16AsPyTorchDoes(Family family) {
    try (CpuDevice device = CpuDevice.open(2, Precision.BF16)) {
      train(family, device, "bf16-losses", 1e-2, Double.POSITIVE_INFINITY);
    }
  }

  private static void train(
      Family family, Device device, String losses, double lossClose, double normClose) {
    JsonNode fixture = family.read();
    JsonNode norms = fixture.path("gradient-norms");
    LanguageModel model = family.shape().create(device, BATCH);
    List<ParameterTensor> tensors = model.layout().tensors();
    long total = model.layout().total();
    AdamW.State[] versions = {state(device, total), state(device, total)};
    fill(tensors, versions[0].parameters());
    MemorySegment gradient = device.allocate(total);
    TokenBatch batch = model.newBatch();
    AdamW optimizer = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f);
    for (int step = 0; step < STEPS; step++) {
      fill(family.shape(), batch, step);
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

  private static void fill(ModelShape shape, TokenBatch batch, int step) {
    for (int s = 0; s < BATCH; s++) {
      int sequence = s;
      IntStream.rangeClosed(0, shape.context())
          .forEach(
              place ->
                  batch.set(
                      sequence,
                      place,
                      (step * 7 + sequence * 13 + place * place + 3 * place) % shape.vocabulary()));
    }
  }
}
