package dev.sampo.actors.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.actors.job.LentBuffers.LentBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What is lent belongs to its holders alone, until the last of them gives it back. */
final class LentBuffersTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 5_000;

  @Test
  void aBufferIsLentAgainOnlyAfterItsLastHolderReleasedIt() {
    try (LentBuffers buffers = new LentBuffers(40)) {
      LentBuffer first = buffers.take();
      assertEquals(40, first.segment().byteSize());
      first.hold();
      first.release();
      LentBuffer second = buffers.take();
      assertNotEquals(first.segment(), second.segment(), "while one holds it still");
      first.release();
      assertEquals(first.segment(), buffers.take().segment());
    }
  }

  @Test
  void releasingOnceTooOftenIsRefusedAndLendsNothingTwice() {
    try (LentBuffers buffers = new LentBuffers(40)) {
      LentBuffer buffer = buffers.take();
      buffer.release();
      assertThrows(IllegalStateException.class, buffer::release);
      assertNotEquals(buffers.take().segment(), buffers.take().segment());
    }
  }

  @Test
  void noBufferIsLentToTwoThreadsAtOnce() throws Exception {
    Set<Long> addresses = new HashSet<>();
    try (LentBuffers buffers = new LentBuffers(4);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<Set<Long>>> borrowers = new ArrayList<>();
      for (int thread = 1; thread <= THREADS; thread++) {
        float own = thread;
        borrowers.add(threads.submit(() -> borrow(buffers, own)));
      }
      for (Future<Set<Long>> borrower : borrowers) {
        addresses.addAll(borrower.get());
      }
    }
    assertTrue(
        addresses.size() <= THREADS, () -> "as many as were lent at once: " + addresses.size());
  }

  private static Set<Long> borrow(LentBuffers buffers, float own) {
    Set<Long> addresses = new HashSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      LentBuffer buffer = buffers.take();
      buffer.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 0, own);
      Thread.onSpinWait();
      float found = buffer.segment().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
      assertEquals(own, found, "round=" + round);
      addresses.add(buffer.segment().address());
      buffer.release();
    }
    return addresses;
  }

  @Test
  void useAfterCloseThrows() {
    LentBuffers buffers = new LentBuffers(40);
    MemorySegment buffer = buffers.take().segment();
    buffers.close();
    assertThrows(IllegalStateException.class, () -> buffer.get(ValueLayout.JAVA_FLOAT, 0));
    assertThrows(IllegalStateException.class, buffers::take);
  }
}
