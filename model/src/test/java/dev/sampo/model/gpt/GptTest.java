package dev.sampo.model.gpt;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.model.CentralDifferences;
import org.junit.jupiter.api.Test;

final class GptTest {
  @Test
  void gradientOfEveryParameterAgreesWithCentralDifferences() {
    GptShape shape = new GptShape(2, 2, 8, 5, 7);
    int[][] windows = {{0, 3, 6, 3, 1, 2}, {5, 5, 4, 0, 0, 6}};
    CentralDifferences.agree(shape, new ReferenceGpt(shape)::loss, windows);
  }

  @Test
  void refusesSizesThatDoNotFit() {
    assertThrows(IllegalArgumentException.class, () -> new GptShape(1, 3, 8, 4, 5));
  }
}
