package dev.sampo.gradient;

import static dev.sampo.gradient.OpenPlanes.await;
import static dev.sampo.gradient.OpenPlanes.peer;
import static dev.sampo.gradient.OpenPlanes.refusals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a plane knows its peers, and their lives apart. */
@Timeout(60)
final class PlanePeersTest {
  private static final Duration SHORT = Duration.ofMillis(600);
  private static final int BIG = 16 << 20;

  @TempDir Path folder;
  private final Arena arena = Arena.ofShared();
  private OpenPlanes planes;

  @BeforeEach
  void begin() {
    planes = new OpenPlanes(folder);
  }

  @AfterEach
  void closeAll() {
    planes.close();
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void beatsTellThatAPeerLivesAndCompareTheClocks(Route route) {
    Duration often = Duration.ofMillis(20);
    TensorPlane a =
        planes.open(
            planes.settings("a", 1).withFastest(route).withBeatInterval(often),
            new RecordingSink(arena));
    TensorPlane b =
        planes.open(
            planes.settings("b", 2).withFastest(route).withBeatInterval(often),
            new RecordingSink(arena));
    assertEquals(Optional.empty(), a.pulse(2));
    a.connect(peer("b", 2, b));
    b.connect(peer("a", 1, a));
    await(() -> a.pulse(2).flatMap(PeerPulse::clocks).isPresent());
    await(() -> a.stats().beatsReceived() > 5);
    PeerPulse pulse = a.pulse(2).orElseThrow();
    assertEquals(Optional.of(route), pulse.route());
    assertTrue(pulse.silentMs().orElseThrow() < 5_000, pulse::toString);
    PeerPulse.Clocks clocks = pulse.clocks().orElseThrow();
    assertTrue(Math.abs(clocks.offsetUs()) <= clocks.roundTripUs(), "one clock: " + clocks);
    a.disconnect(2);
    assertEquals(Optional.empty(), a.pulse(2));
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void aProbeIsAnsweredByThePlaneAndSeenByNoSink(Route route) throws Exception {
    RecordingSink sink = new RecordingSink(arena);
    TensorPlane a =
        planes.open(planes.settings("a", 1).withFastest(route), new RecordingSink(arena));
    TensorPlane b = planes.open(planes.settings("b", 2).withFastest(route), sink);
    a.connect(peer("b", 2, b));
    b.connect(peer("a", 1, a));
    assertTrue(a.probe(2, 4 << 20).get(10, TimeUnit.SECONDS) > 0);
    assertTrue(a.probe(2, 1).get(10, TimeUnit.SECONDS) > 0);
    assertNull(sink.endedIfAny());
    PathSurvey.Path path = PathSurvey.of(a, a.peers().getFirst());
    assertNull(path.failure());
    assertEquals(route, path.route());
    assertEquals("b", path.peer());
    assertTrue(path.roundTripUs() > 0 && path.bytesPerSecond() > 1e6, path::toString);
    assertEquals(PlaneSettings.LOOPBACK_MTU_BYTES, path.datagramBytes());
    CompletableFuture<Long> nobody = a.probe(77, 1);
    assertTrue(nobody.isCompletedExceptionally());
  }

  @Test
  void aNewIncarnationAtTheSameAddressReplacesTheOld() throws Exception {
    HoldingSink sink = new HoldingSink(arena);
    TensorPlane b = planes.open(planes.settings("b", 2), sink);
    TensorPlane old = TensorPlane.open(planes.settings("a", 1), new RecordingSink(arena));
    b.connect(peer("a", 1, old));
    old.connect(peer("b", 2, b));
    MemorySegment payload = Transfers.random(arena, 3, BIG);
    CompletableFuture<SendOutcome> cut = Transfers.send(old, 2, Transfers.header(0, BIG), payload);
    sink.awaitBegun();
    int port = old.port();
    old.close();
    assertEquals(SendOutcome.CLOSED, cut.get(10, TimeUnit.SECONDS));

    RecordingSink sinkAgain = new RecordingSink(arena);
    TensorPlane again = planes.open(planes.settings("a", 11).withLiveness(SHORT), sinkAgain, port);
    // Accepted for the old life and never sent: fails as soon as the new life is known.
    CompletableFuture<SendOutcome> toOld = Transfers.send(b, 1, Transfers.header(9, BIG), payload);
    b.connect(peer("a", 11, again));
    sink.release();
    assertTrue(toOld.get(10, TimeUnit.SECONDS) != SendOutcome.CLOSED);
    assertEquals(Offer.NOT_CONNECTED, b.send(1, Transfers.header(9, 1), payload, outcome -> {}));
    assertEquals("abandoned", sink.awaitEnded().what());

    again.connect(peer("b", 2, b));
    Transfers.post(again, 2, Transfers.header(1, BIG), payload);
    RecordingSink.Event event = sink.awaitEnded();
    assertEquals("completed", event.what());
    assertEquals(11, event.sender());
    assertEquals(-1, event.memory().mismatch(payload));
    Transfers.post(b, 11, Transfers.header(2, BIG), payload);
    assertEquals(-1, sinkAgain.awaitEnded().memory().mismatch(payload));
  }

  @Test
  void refusesFramesOfAReplacedIncarnationAndForAnotherReceiver() throws Exception {
    RecordingSink sink = new RecordingSink(arena);
    TensorPlane b = planes.open(planes.settings("b", 2), sink);
    TensorPlane old = planes.open(planes.settings("a", 1), new RecordingSink(arena));
    TensorPlane lost = planes.open(planes.settings("c", 3), new RecordingSink(arena));
    b.connect(peer("a", 1, old));
    b.connect(new Peer("a", 11, "127.0.0.1", 9));
    old.connect(peer("b", 2, b));
    lost.connect(peer("b", 99, b));
    MemorySegment payload = Transfers.random(arena, 3, 300_000);
    Transfers.send(old, 2, Transfers.header(0, 300_000), payload).get(10, TimeUnit.SECONDS);
    Transfers.send(lost, 99, Transfers.header(0, 300_000), payload).get(10, TimeUnit.SECONDS);
    b.connect(peer("c", 3, lost));
    lost.disconnect(99);
    lost.connect(peer("b", 2, b));
    Transfers.post(lost, 2, Transfers.header(5, 300_000), payload);
    assertEquals(5, sink.awaitEnded().header().shard());
    // Of each stream its transfer, and its beats once.
    await(() -> refusals(b.stats()) == 4);
    assertEquals(2, b.stats().refused(Refusal.OLD_INCARNATION));
    assertEquals(2, b.stats().refused(Refusal.OTHER_RECEIVER));
    b.connect(peer("a", 1, old));
    assertEquals(
        Offer.NOT_CONNECTED,
        b.send(1, Transfers.header(0, 1), payload, outcome -> {}),
        "a replaced incarnation stays replaced");
  }

  @Test
  void aPeerThatDoesNotListenHoldsUpNobody() throws Exception {
    RecordingSink sink = new RecordingSink(arena);
    TensorPlane a =
        planes.open(planes.settings("a", 1).withLiveness(SHORT), new RecordingSink(arena));
    TensorPlane b = planes.open(planes.settings("b", 2), sink);
    a.connect(new Peer("dead", 66, "127.0.0.1", 9));
    a.connect(new Peer("nowhere", 67, "no-such-host.invalid", 9));
    a.connect(peer("b", 2, b));
    MemorySegment payload = Transfers.random(arena, 3, 300_000);
    CompletableFuture<SendOutcome> dead =
        Transfers.send(a, 66, Transfers.header(0, 300_000), payload);
    CompletableFuture<SendOutcome> nowhere =
        Transfers.send(a, 67, Transfers.header(0, 300_000), payload);
    Transfers.post(a, 2, Transfers.header(1, 300_000), payload);
    assertEquals("completed", sink.awaitEnded().what());
    assertEquals(SendOutcome.PEER_LOST, dead.get(10, TimeUnit.SECONDS));
    assertEquals(SendOutcome.PEER_LOST, nowhere.get(10, TimeUnit.SECONDS));
    assertEquals(Offer.NOT_CONNECTED, a.send(66, Transfers.header(0, 1), payload, outcome -> {}));
    assertEquals(Offer.NOT_CONNECTED, a.send(1234, Transfers.header(0, 1), payload, outcome -> {}));
  }

  @Test
  void refusesMorePeersThanThereIsRoomFor() {
    TensorPlane a = planes.open(planes.settings("a", 1).withMaxPeers(1), new RecordingSink(arena));
    a.connect(new Peer("b", 2, "127.0.0.1", 9));
    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class, () -> a.connect(new Peer("c", 3, "127.0.0.1", 10)));
    assertTrue(refused.toString().contains("maxPeers=1"), refused::toString);
    a.disconnect(2);
    a.connect(new Peer("c", 3, "127.0.0.1", 10));
  }
}
