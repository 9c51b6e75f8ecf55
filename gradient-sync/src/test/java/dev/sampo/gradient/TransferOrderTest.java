package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TransferOrderTest {
  /** In the order in which they should go. */
  private static final List<TransferHeader> ORDERED =
      List.of(
          header(Kind.GRADIENT, 4, 1),
          header(Kind.GRADIENT, 5, 0),
          header(Kind.PARAMETERS, 5, 0),
          header(Kind.PARAMETERS, 5, 1),
          header(Kind.PARAMETERS, 5, 2),
          header(Kind.PARAMETERS, 6, 0),
          header(Kind.PIECE, 4, 0),
          header(Kind.PIECE, 5, 2),
          header(Kind.PIECE, 5, 1),
          header(Kind.PIECE, 5, 0),
          header(Kind.COPY, 1, 0),
          header(Kind.PROBE, 1, 0));

  private static TransferHeader header(Kind kind, long step, int shard) {
    return new TransferHeader(kind, 7, step, 0, shard, 0, 0, 0, 64);
  }

  @Test
  void firstLayersParametersAndLastLayersGradientsComeFirst() {
    for (int seed = 0; seed < 200; seed++) {
      List<TransferHeader> shuffled = new ArrayList<>(ORDERED);
      Collections.shuffle(shuffled, new Random(seed));
      TransferQueue queue = new TransferQueue(ORDERED.size());
      for (TransferHeader header : shuffled) {
        assertEquals(Offer.ACCEPTED, offer(queue, header));
      }
      assertEquals(Offer.BACK_PRESSURED, offer(queue, ORDERED.getFirst()), "seed=" + seed);
      List<TransferHeader> polled = new ArrayList<>();
      for (var head = queue.poll(); head != null; head = queue.poll()) {
        polled.add(head.header());
      }
      assertEquals(ORDERED, polled, "seed=" + seed);
      assertTrue(queue.isEmpty());
    }
  }

  @Test
  void equalsKeepTheOrderInWhichTheyCame() {
    TransferQueue queue = new TransferQueue(64);
    for (int slot = 0; slot < 64; slot++) {
      offer(queue, new TransferHeader(Kind.PIECE, 7, 1, 0, 3, slot, 1, 0, 64));
    }
    for (int slot = 0; slot < 64; slot++) {
      var head = queue.poll();
      assertEquals(slot, head == null ? -1 : head.header().firstSlot());
    }
  }

  private static Offer offer(TransferQueue queue, TransferHeader header) {
    return queue.offer(new TransferQueue.Queued(header, MemorySegment.NULL, outcome -> {}, 0));
  }
}
