package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two processes, each with its media driver. */
@Timeout(90)
final class ProcessesTest {
  private static final Duration LIVENESS = Duration.ofMillis(800);
  private static final int BIG = 16 << 20;

  @TempDir Path parentFolder;
  @TempDir Path apart;
  private Path childFolder = Path.of("");
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void free() {
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void aPeerKilledInMidTransferIsAbandonedAndOthersGoOn(Route route) throws Exception {
    childFolder = route == Route.SHARED_MEMORY ? parentFolder : apart;
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
      assertEquals(1, foldersOfChild(), "kill -9 leaves the driver's folder behind");
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
        assertEquals(1, foldersOfChild(), "the next life deletes it and makes its own");
        plane.connect(new Peer("child", 22, "127.0.0.1", childPort));
        Transfers.post(plane, 22, Transfers.header(5, 3_000_000), payload);
        RecordingSink.Event echo = sink.awaitEnded();
        assertEquals(22, echo.sender());
        assertEquals(-1, echo.memory().mismatch(payload));
        assertEquals(Optional.of(route), plane.pulse(22).flatMap(PeerPulse::route));
      }
    }
    assertEquals(0, folders(apart) + folders(parentFolder));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.001, 0.01, 0.05})
  void losesNoBitWhenBothWaysLoseDatagrams(double rate) throws Exception {
    childFolder = apart;
    RecordingSink sink = new RecordingSink(arena);
    long seed = 20_261_123;
    List<String> loss =
        Stream.of("send.data", "send.control", "receive.data", "receive.control")
            .flatMap(
                path ->
                    Stream.of(
                        "-Daeron.debug." + path + ".loss.rate=" + rate,
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
      assertEquals(Optional.of(Route.NETWORK), plane.pulse(2).flatMap(PeerPulse::route));
    }
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void aPeerStoppedForLessThanTheLivenessGoesOnWhereItWas(Route route) throws Exception {
    childFolder = route == Route.SHARED_MEMORY ? parentFolder : apart;
    RecordingSink sink = new RecordingSink(arena);
    try (TensorPlane plane =
            TensorPlane.open(settings("parent", 1).withLiveness(Duration.ofSeconds(10)), sink);
        ChildProcess child = start(PlaneChild.Role.ECHO, 2, 0, plane, List.of())) {
      plane.connect(new Peer("child", 2, "127.0.0.1", child.port()));
      MemorySegment payload = Transfers.random(arena, 3, BIG);
      List<CompletableFuture<SendOutcome>> sent = new ArrayList<>();
      child.stop();
      for (int shard = 0; shard < 4; shard++) {
        sent.add(Transfers.send(plane, 2, Transfers.header(shard, BIG), payload));
      }
      // Not a wait for something to happen, but for how long the peer is stopped.
      assertFalse(new CountDownLatch(1).await(3, TimeUnit.SECONDS));
      assertTrue(sent.stream().noneMatch(CompletableFuture::isDone), "a window is less than that");
      child.resume();
      for (int shard = 0; shard < 4; shard++) {
        RecordingSink.Event echo = sink.awaitEnded();
        assertEquals("completed", echo.what());
        assertEquals(-1, echo.memory().mismatch(payload));
      }
      for (CompletableFuture<SendOutcome> done : sent) {
        assertEquals(SendOutcome.SENT, done.get(10, TimeUnit.SECONDS));
      }
      assertEquals(0, plane.stats().transfersAbandoned());
    }
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void aPeerStoppedForLongerIsLostAndTakenUpAgain(Route route) throws Exception {
    childFolder = route == Route.SHARED_MEMORY ? parentFolder : apart;
    RecordingSink sink = new RecordingSink(arena);
    try (TensorPlane plane = TensorPlane.open(settings("parent", 1), sink);
        ChildProcess child = start(PlaneChild.Role.ECHO, 2, 0, plane, List.of())) {
      plane.connect(new Peer("child", 2, "127.0.0.1", child.port()));
      MemorySegment payload = Transfers.random(arena, 3, BIG);
      Transfers.post(plane, 2, Transfers.header(0, 100), payload);
      assertEquals(0, sink.awaitEnded().header().shard());
      child.stop();
      CompletableFuture<SendOutcome> lost =
          Transfers.send(plane, 2, Transfers.header(1, BIG), payload);
      assertEquals(SendOutcome.PEER_LOST, lost.get(20, TimeUnit.SECONDS));
      assertEquals(Offer.NOT_CONNECTED, plane.send(2, Transfers.header(2, 8), payload, o -> {}));
      child.resume();
      Offer offer = Offer.NOT_CONNECTED;
      long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (offer != Offer.ACCEPTED && System.nanoTime() - deadlineNs < 0) {
        Thread.onSpinWait();
        offer = plane.send(2, Transfers.header(3, BIG), payload, outcome -> {});
      }
      RecordingSink.Event echo = sink.awaitEnded();
      assertEquals("completed", echo.what());
      assertEquals(3, echo.header().shard(), "what was lost never arrives");
      assertEquals(-1, echo.memory().mismatch(payload));
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

  private long foldersOfChild() throws java.io.IOException {
    try (Stream<Path> entries = Files.list(childFolder)) {
      return entries.filter(entry -> entry.getFileName().toString().contains("-child-")).count();
    }
  }

  private static long folders(Path parent) throws java.io.IOException {
    try (Stream<Path> entries = Files.list(parent)) {
      return entries.count();
    }
  }
}
