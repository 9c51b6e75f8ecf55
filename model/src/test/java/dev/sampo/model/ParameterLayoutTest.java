package dev.sampo.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.model.gpt.GptShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParameterLayoutTest {
  private static final GptShape SHAPE = new GptShape(2, 2, 16, 8, 32);

  @Test
  void tensorsFollowOneAnotherWithoutGaps() {
    ParameterLayout layout = SHAPE.layout();
    long at = 0;
    for (ParameterTensor tensor : layout.tensors()) {
      assertEquals(at, tensor.offset(), tensor.name());
      at = tensor.end();
    }
    assertEquals(layout.total(), at);
    assertEquals(32 * 16 + 8 * 16 + 2 * (12 * 256 + 13 * 16) + 2 * 16, at);
    assertEquals(new GptShape(12, 12, 768, 1024, 50257).layout().total(), 124_439_808);
  }

  @Test
  void decaysMatricesAndTablesOnly() {
    ParameterLayout layout = SHAPE.layout();
    ParameterTensor qkv = layout.tensor("h.0.attn.c_attn.weight");
    List<Range> all = layout.decayed(0, layout.total());
    assertEquals(new Range(0, 640), all.getFirst(), "both tables, joined");
    assertEquals(new Range(qkv.offset(), qkv.end()), all.get(1));
    long decayed = all.stream().mapToLong(Range::length).sum();
    assertEquals(640 + 2 * 12 * 256, decayed);
    assertEquals(
        List.of(new Range(0, 3)), layout.decayed(qkv.end() - 3, qkv.end() + 4), "relative");
    assertEquals(List.of(), layout.decayed(qkv.end(), qkv.end() + 4));
    assertThrows(IllegalArgumentException.class, () -> layout.decayed(0, layout.total() + 1));
  }

  @Test
  void anyPartIsInitialisedToTheBitsOfTheWhole() {
    long total = SHAPE.layout().total();
    Initialiser initialiser = SHAPE.initialiser();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment whole = arena.allocate(total * 4);
      initialiser.fill(42, 0, total, whole);
      for (long from = 0; from < total; from += 997) {
        long to = Math.min(total, from + 997);
        MemorySegment part = arena.allocate((to - from) * 4);
        initialiser.fill(42, from, to, part);
        assertEquals(-1, part.mismatch(whole.asSlice(from * 4, (to - from) * 4)), "from " + from);
      }
      MemorySegment other = arena.allocate(total * 4);
      initialiser.fill(43, 0, total, other);
      assertNotEquals(-1, whole.mismatch(other));
      assertThrows(IllegalArgumentException.class, () -> initialiser.fill(42, 0, total + 1, whole));
    }
  }

  @Test
  void initialValuesHaveTheirDistribution() {
    ParameterLayout layout = SHAPE.layout();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flat = arena.allocate(layout.total() * 4);
      SHAPE.initialiser().fill(1, 0, layout.total(), flat);
      assertEquals(0.02, deviation(flat, layout.tensor("h.0.mlp.c_fc.weight")), 0.002);
      assertEquals(0.01, deviation(flat, layout.tensor("h.1.mlp.c_proj.weight")), 0.001);
      assertEquals(1, flat.getAtIndex(JAVA_FLOAT, layout.tensor("ln_f.weight").offset()));
      assertEquals(0, flat.getAtIndex(JAVA_FLOAT, layout.tensor("ln_f.bias").offset()));
    }
  }

  private static double deviation(MemorySegment flat, ParameterTensor tensor) {
    double sum = 0;
    double squares = 0;
    for (long i = tensor.offset(); i < tensor.end(); i++) {
      double value = flat.getAtIndex(JAVA_FLOAT, i);
      sum += value;
      squares += value * value;
    }
    double mean = sum / tensor.elements();
    assertEquals(0, mean, 0.002, "mean of " + tensor.name());
    return Math.sqrt(squares / tensor.elements() - mean * mean);
  }
}
