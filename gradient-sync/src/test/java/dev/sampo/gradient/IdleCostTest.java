package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
final class IdleCostTest {
  /**
   * The goal is 3 %; the rest is for a machine that is busy with other things and has cold caches.
   */
  private static final double MOST = 0.06;

  private static final long WINDOW_MS = 2_000;

  @TempDir Path folder;

  /** Of its threads, not of the process: a young process compiles its code, whatever it does. */
  @ParameterizedTest
  @EnumSource(Route.class)
  void aPlaneThatOnlyWaitsUsesHardlyAnyTime(Route route) throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    try (Arena arena = Arena.ofShared()) {
      RecordingSink sink = new RecordingSink(arena);
      try (TensorPlane a = open("a", 1, new RecordingSink(arena), route);
          TensorPlane b = open("b", 2, sink, route)) {
        a.connect(new Peer("b", 2, "127.0.0.1", b.port()));
        b.connect(new Peer("a", 1, "127.0.0.1", a.port()));
        Transfers.post(a, 2, Transfers.header(0, 100_000), arena.allocate(100_000));
        assertEquals("completed", sink.awaitEnded().what());
        List<Thread> threads =
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .toList();
        assertTrue(threads.size() >= 4, () -> "two planes have threads: " + threads);
        long usedNs = -cpuNs(threads);
        long fromNs = System.nanoTime();
        assertFalse(new CountDownLatch(1).await(WINDOW_MS, TimeUnit.MILLISECONDS));
        usedNs += cpuNs(threads);
        double share = usedNs / 2.0 / (System.nanoTime() - fromNs);
        System.out.printf("CPU of a waiting plane, %s: %.1f %% of a core%n", route, 100 * share);
        assertTrue(share < MOST, () -> "share=" + share);
      }
    }
  }

  /** The goal is 1 s; the rest is for a machine that is busy with other things. */
  @ParameterizedTest
  @EnumSource(Route.class)
  void theFirstTransferComesSoonAfterTheStart(Route route) throws Exception {
    try (Arena arena = Arena.ofShared()) {
      RecordingSink sink = new RecordingSink(arena);
      long fromNs = System.nanoTime();
      try (TensorPlane a = open("a", 1, new RecordingSink(arena), route);
          TensorPlane b = open("b", 2, sink, route)) {
        a.connect(new Peer("b", 2, "127.0.0.1", b.port()));
        Transfers.post(a, 2, Transfers.header(0, 100_000), arena.allocate(100_000));
        assertEquals("completed", sink.awaitEnded().what());
        long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - fromNs);
        System.out.printf("two planes and a first transfer, %s: %d ms%n", route, tookMs);
        assertTrue(tookMs < 4_000, () -> "tookMs=" + tookMs);
      }
    }
  }

  private static long cpuNs(List<Thread> threads) {
    ThreadMXBean bean = ManagementFactory.getThreadMXBean();
    return threads.stream().mapToLong(thread -> bean.getThreadCpuTime(thread.threadId())).sum();
  }

  private TensorPlane open(String name, long incarnation, TensorSink sink, Route route) {
    return TensorPlane.open(
        PlaneSettings.of(name, incarnation, "127.0.0.1", 0)
            .withTermLengthBytes(1 << 20)
            .withMaxPeers(1)
            .withFastest(route)
            .withDriverParent(folder),
        sink);
  }
}
