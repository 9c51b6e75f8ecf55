package dev.sampo.model.llama;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.model.CentralDifferences;
import dev.sampo.model.Shapes;
import dev.sampo.model.llama.LlamaShape.Head;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LlamaTest {
  private static final long SEED = 11;

  @ParameterizedTest
  @EnumSource
  void gradientOfEveryParameterAgreesWithCentralDifferences(Head head) {
    LlamaShape shape = Shapes.llama(head);
    int[][] windows = {new Random(SEED).ints(shape.context() + 1, 0, 11).toArray()};
    CentralDifferences.agree(shape, new ReferenceLlama(shape)::loss, windows);
  }

  @Test
  void refusesSizesThatDoNotFit() {
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
