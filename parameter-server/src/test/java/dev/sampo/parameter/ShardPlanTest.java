package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.Rotary;
import dev.sampo.protocol.ShardRange;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ShardPlanTest {
  /** Widths that are no multiple of a cache line among them. */
  static List<ParameterLayout> layouts() {
    return List.of(
        new GptShape(1, 1, 6, 5, 7).layout(),
        new GptShape(2, 2, 22, 17, 61).layout(),
        new GptShape(6, 6, 192, 256, 256).layout(),
        new GptShape(12, 12, 768, 1024, 50257).layout(),
        new LlamaShape(
                3, 4, 2, 40, 100, 32, 301, LlamaShape.Head.SEPARATE, new Rotary(1e4, null), 1e-5f)
            .layout());
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void cutsNoMatrixAndLeavesNothingOut(ParameterLayout layout) {
    for (int shards = 1; shards <= 9; shards++) {
      List<ShardRange> ranges = ShardPlan.ofWholeMatrices(layout, shards);
      assertEquals(shards, ranges.size());
      long at = 0;
      for (ShardRange range : ranges) {
        assertEquals(at, range.first(), range::toString);
        assertTrue(range.parameters() > 0, range::toString);
        assertEquals(range.shard() == shards - 1, range.carriesLoss());
        at += range.parameters();
        long cut = at;
        assertFalse(
            layout.tensors().stream()
                .anyMatch(t -> t.matrices() > 0 && t.offset() < cut && cut < t.end()),
            range::toString);
      }
      assertEquals(layout.total(), at);
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void noShardIsLargerThanItsPartAndTheLargestMatrix(ParameterLayout layout) {
    long largest =
        layout.tensors().stream()
            .filter(tensor -> tensor.matrices() > 0)
            .mapToLong(ParameterTensor::elements)
            .max()
            .orElseThrow();
    for (int shards = 1; shards <= 9; shards++) {
      for (ShardRange range : ShardPlan.ofWholeMatrices(layout, shards)) {
        assertTrue(
            range.parameters() <= Math.ceilDiv(layout.total(), shards) + largest,
            shards + ": " + range);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void refusesMoreShardsThanThereArePlacesToCut(ParameterLayout layout) {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> ShardPlan.ofWholeMatrices(layout, Integer.MAX_VALUE));
    String most = String.valueOf(refusal.getMessage()).replaceAll("(?s).*at most=(\\d+);.*", "$1");
    List<ShardRange> ranges = ShardPlan.ofWholeMatrices(layout, Integer.parseInt(most));
    assertEquals(Integer.parseInt(most), ranges.size());
  }
}
