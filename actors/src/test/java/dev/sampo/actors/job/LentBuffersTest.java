package dev.sampo.actors.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.actors.job.FlatGradients.FlatGradient;
import dev.sampo.actors.job.Snapshots.Snapshot;
import dev.sampo.protocol.ShardRange;
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
  void aGradientHasRoomForTheLossBehindTheParameters() {
    try (FlatGradients gradients = new FlatGradients(10)) {
      FlatGradient gradient = gradients.take();
      assertEquals((10 + ShardRange.LOSS_FLOATS) * Float.BYTES, gradient.segment().byteSize());
      assertEquals(gradient.segment().asSlice(0, 10 * Float.BYTES), gradient.parameters());
    }
  }

  @Test
  void aGradientIsLentAgainOnlyAfterItsLastHolderReleasedIt() {
    try (FlatGradients gradients = new FlatGradients(10)) {
      FlatGradient first = gradients.take();
      first.hold();
      first.release();
      FlatGradient second = gradients.take();
      assertNotEquals(first.segment(), second.segment(), "while one holds it still");
      first.release();
      assertEquals(first.segment(), gradients.take().segment());
    }
  }

  @Test
  void aSnapshotIsLentAgainOnlyAfterItsLastHolderReleasedIt() {
    try (Snapshots snapshots = new Snapshots(40)) {
      Snapshot first = snapshots.take();
      assertEquals(40, first.segment().byteSize());
      first.hold();
      first.release();
      Snapshot second = snapshots.take();
      assertNotEquals(first.segment(), second.segment(), "while one holds it still");
      first.release();
      assertEquals(first.segment(), snapshots.take().segment());
    }
  }

  @Test
  void releasingOnceTooOftenIsRefusedAndLendsNothingTwice() {
    try (FlatGradients gradients = new FlatGradients(10);
        Snapshots snapshots = new Snapshots(40)) {
      FlatGradient gradient = gradients.take();
      gradient.release();
      assertThrows(IllegalStateException.class, gradient::release);
      assertNotEquals(gradients.take().segment(), gradients.take().segment());
      Snapshot snapshot = snapshots.take();
      snapshot.release();
      assertThrows(IllegalStateException.class, snapshot::release);
      assertNotEquals(snapshots.take().segment(), snapshots.take().segment());
    }
  }

  @Test
  void noGradientIsLentToTwoThreadsAtOnce() throws Exception {
    Set<Long> addresses = new HashSet<>();
    try (FlatGradients gradients = new FlatGradients(1);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<Set<Long>>> borrowers = new ArrayList<>();
      for (int thread = 1; thread <= THREADS; thread++) {
        float own = thread;
        borrowers.add(threads.submit(() -> borrow(gradients, own)));
      }
      for (Future<Set<Long>> borrower : borrowers) {
        addresses.addAll(borrower.get());
      }
    }
    assertTrue(
        addresses.size() <= THREADS, () -> "as many as were lent at once: " + addresses.size());
  }

  private static Set<Long> borrow(FlatGradients gradients, float own) {
    Set<Long> addresses = new HashSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      FlatGradient gradient = gradients.take();
      gradient.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 0, own);
      Thread.onSpinWait();
      float found = gradient.segment().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
      assertEquals(own, found, "round=" + round);
      addresses.add(gradient.segment().address());
      gradient.release();
    }
    return addresses;
  }

  @Test
  void useAfterCloseThrows() {
    FlatGradients gradients = new FlatGradients(10);
    MemorySegment gradient = gradients.take().segment();
    gradients.close();
    assertThrows(IllegalStateException.class, () -> gradient.get(ValueLayout.JAVA_FLOAT, 0));
    assertThrows(IllegalStateException.class, gradients::take);
    Snapshots snapshots = new Snapshots(40);
    MemorySegment snapshot = snapshots.take().segment();
    snapshots.close();
    assertThrows(IllegalStateException.class, () -> snapshot.get(ValueLayout.JAVA_FLOAT, 0));
    assertThrows(IllegalStateException.class, snapshots::take);
  }
}
