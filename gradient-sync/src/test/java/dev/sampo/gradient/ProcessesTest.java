package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two processes, each with its media driver. */
@Timeout(90)
final class ProcessesTest {
  private static final Duration LIVENESS = Duration.ofMillis(800);

  @TempDir Path parentFolder;
  @TempDir Path childFolder;
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void aPeerKilledInMidTransferIsAbandonedAndOthersGoOn() throws Exception {
    HoldingSink sink = new HoldingSink(arena);
    try (TensorPlane plane = TensorPlane.open(settings("parent", 1), sink);
        TensorPlane other = TensorPlane.open(settings("other", 3), new RecordingSink(arena))) {
      other.connect(new Peer("parent", 1, "127.0.0.1", plane.port()));
      int childPort;
      try (ChildProcess child = start(PlaneChild.Role.FLOOD, 2, 0, plane, List.of())) {
        childPort = child.port();
        assertEquals(2, sink.awaitBegun().sender());
        child.kill();
      }
      assertEquals(1, folders(childFolder), "kill -9 leaves the driver's folder behind");
      sink.release();
      MemorySegment payload = Transfers.random(arena, 3, 3_000_000);
      Transfers.post(other, 1, Transfers.header(77, 3_000_000), payload);
      boolean abandoned = false;
      boolean wentOn = false;
      while (!abandoned || !wentOn) {
        RecordingSink.Event event = sink.awaitEnded();
        boolean fromChild = event.sender() == 2;
        assertEquals(fromChild ? "abandoned" : "completed", event.what());
        abandoned |= fromChild;
        wentOn |= !fromChild && event.memory().mismatch(payload) == -1;
      }

      try (ChildProcess again = start(PlaneChild.Role.ECHO, 22, childPort, plane, List.of())) {
        assertEquals(childPort, again.port());
        assertEquals(1, folders(childFolder), "the next life deletes it and makes its own");
        plane.connect(new Peer("child", 22, "127.0.0.1", childPort));
        Transfers.post(plane, 22, Transfers.header(5, 3_000_000), payload);
        RecordingSink.Event echo = sink.awaitEnded();
        assertEquals(22, echo.sender());
        assertEquals(-1, echo.memory().mismatch(payload));
      }
    }
    assertEquals(0, folders(childFolder) + folders(parentFolder));
  }

  @Test
  void losesNoBitWhenBothWaysLoseOneDatagramInAHundred() throws Exception {
    RecordingSink sink = new RecordingSink(arena);
    long seed = 20_261_123;
    List<String> loss =
        Stream.of("send.data", "send.control", "receive.data", "receive.control")
            .flatMap(
                path ->
                    Stream.of(
                        "-Daeron.debug." + path + ".loss.rate=0.01",
                        "-Daeron.debug." + path + ".loss.seed=" + seed))
            .toList();
    try (TensorPlane plane = TensorPlane.open(settings("parent", 1), sink);
        ChildProcess child =
            start(
                PlaneChild.Role.ECHO,
                2,
                0,
                plane,
                Stream.concat(
                        loss.stream(),
                        Stream.of(
                            "-Daeron.SendChannelEndpoint.supplier=io.aeron.driver.ext.DebugSendChannelEndpointSupplier",
                            "-Daeron.ReceiveChannelEndpoint.supplier=io.aeron.driver.ext.DebugReceiveChannelEndpointSupplier"))
                    .toList())) {
      plane.connect(new Peer("child", 2, "127.0.0.1", child.port()));
      MemorySegment payload = Transfers.random(arena, seed, 20_000_000);
      Transfers.post(plane, 2, Transfers.header(5, 20_000_000), payload);
      RecordingSink.Event echo = sink.awaitEnded();
      assertEquals("completed", echo.what(), "seed=" + seed);
      assertEquals(-1, echo.memory().mismatch(payload), "seed=" + seed);
    }
  }

  private PlaneSettings settings(String name, long incarnation) {
    return PlaneSettings.of(name, incarnation, "127.0.0.1", 0)
        .withTermLengthBytes(1 << 20)
        .withMaxPeers(3)
        .withLiveness(LIVENESS)
        .withDriverParent(parentFolder);
  }

  private ChildProcess start(
      PlaneChild.Role role, long incarnation, int port, TensorPlane parent, List<String> options)
      throws Exception {
    return ChildProcess.start(
        role,
        PlaneSettings.of("child", incarnation, "127.0.0.1", port),
        new Peer("parent", 1, "127.0.0.1", parent.port()),
        childFolder,
        options);
  }

  private static long folders(Path parent) throws java.io.IOException {
    try (Stream<Path> entries = Files.list(parent)) {
      return entries.count();
    }
  }
}
