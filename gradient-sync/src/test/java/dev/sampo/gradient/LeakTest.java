package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever was opened is closed again. */
@Timeout(60)
final class LeakTest {
  private static final int LIVES = 6;
  private static final int BYTES = 3_000_001;

  @TempDir Path folder;

  /** What a life may leave behind, counted. */
  private record Left(long threads, long files, long descriptors, long mappedBytes) {
    static Left now(Path folder) throws IOException {
      long files;
      try (Stream<Path> entries = Files.walk(folder)) {
        files = entries.count();
      }
      long threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().matches(".*(sampo|aeron|driver|shared).*"))
              .count();
      UnixOperatingSystemMXBean system =
          ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);
      long mapped =
          ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
              .mapToLong(BufferPoolMXBean::getMemoryUsed)
              .sum();
      return new Left(threads, files, system.getOpenFileDescriptorCount(), mapped);
    }
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void manyLivesOfAPairLeaveNoThreadNoFileNoDescriptorAndNoMemory(Route route) throws Exception {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment payload = Transfers.random(arena, 1, BYTES);
      // The first life loads classes, and opens what the JDK keeps open.
      live(arena, payload, route, 0);
      Left before = Left.now(folder);
      for (int life = 1; life <= LIVES; life++) {
        live(arena, payload, route, life);
      }
      await(before);
    }
  }

  private void await(Left before) throws IOException {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    Left after = Left.now(folder);
    // Threads that were told to end, and buffers that nobody refers to, go in their own time.
    while (isMore(after, before) && System.nanoTime() - deadlineNs < 0) {
      System.gc();
      after = Left.now(folder);
    }
    assertFalse(isMore(after, before), "before=" + before + ", after=" + after);
    assertEquals(1, after.files, "only the folder itself");
  }

  private static boolean isMore(Left after, Left before) {
    return after.threads > before.threads
        || after.files > before.files
        || after.descriptors > before.descriptors
        || after.mappedBytes > before.mappedBytes;
  }

  private void live(Arena arena, MemorySegment payload, Route route, int life) throws Exception {
    RecordingSink sink = new RecordingSink(arena);
    PlaneSettings settings =
        PlaneSettings.of("a", 2L * life + 1, "127.0.0.1", 0)
            .withTermLengthBytes(1 << 20)
            .withMaxPeers(2)
            .withFastest(route)
            .withDriverParent(folder);
    PlaneSettings other =
        PlaneSettings.of("b", 2L * life + 2, "127.0.0.1", 0)
            .withTermLengthBytes(1 << 20)
            .withMaxPeers(2)
            .withFastest(route)
            .withDriverParent(folder);
    try (TensorPlane a = TensorPlane.open(settings, new RecordingSink(arena));
        TensorPlane b = TensorPlane.open(other, sink)) {
      a.connect(new Peer("b", other.incarnation(), "127.0.0.1", b.port()));
      b.connect(new Peer("a", settings.incarnation(), "127.0.0.1", a.port()));
      Transfers.post(a, other.incarnation(), Transfers.header(0, BYTES), payload);
      assertEquals(-1, sink.awaitEnded().memory().mismatch(payload));
      // One is under way when the planes close.
      Transfers.post(a, other.incarnation(), Transfers.header(1, BYTES), payload);
    }
  }

  @Test
  void planesShareADriverThatIsAProcessOfItsOwnAndLeaveItAlone() throws Exception {
    try (MediaDriver driver =
            MediaDriver.launch(
                new MediaDriver.Context()
                    .aeronDirectoryName(folder.resolve("driver").toString())
                    .dirDeleteOnShutdown(true)
                    .publicationTermBufferLength(1 << 20)
                    .threadingMode(ThreadingMode.SHARED));
        Arena arena = Arena.ofShared()) {
      RecordingSink sink = new RecordingSink(arena);
      long incarnation = System.nanoTime();
      PlaneSettings a = settings("a", incarnation, driver);
      PlaneSettings b = settings("b", incarnation + 1, driver);
      assertTrue(DriverFolder.find(a, new Peer("b", b.incarnation(), "127.0.0.1", 1)) == null);
      try (TensorPlane from = TensorPlane.open(a, new RecordingSink(arena));
          TensorPlane to = TensorPlane.open(b, sink)) {
        from.connect(new Peer("b", b.incarnation(), "127.0.0.1", to.port()));
        MemorySegment payload = Transfers.random(arena, 1, BYTES);
        Transfers.post(from, b.incarnation(), Transfers.header(0, BYTES), payload);
        assertEquals(-1, sink.awaitEnded().memory().mismatch(payload));
        assertEquals(
            Optional.of(Route.SHARED_MEMORY),
            from.pulse(b.incarnation()).flatMap(PeerPulse::route));
      }
      assertTrue(Files.exists(folder.resolve("driver")), "the driver is not theirs");
      assertTrue(DriverFolder.find(a, new Peer("b", b.incarnation(), "127.0.0.1", 1)) == null);
    }
  }

  private static PlaneSettings settings(String name, long incarnation, MediaDriver driver) {
    return PlaneSettings.of(name, incarnation, "127.0.0.1", 0)
        .withTermLengthBytes(1 << 20)
        .withMaxPeers(2)
        .withDriver(new DriverPlace.External(Path.of(driver.aeronDirectoryName())));
  }
}
