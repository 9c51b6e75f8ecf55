package dev.sampo.gradient;

import static dev.sampo.gradient.OpenPlanes.await;
import static dev.sampo.gradient.OpenPlanes.peer;
import static dev.sampo.gradient.OpenPlanes.refusals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.gradient.codec.Codec;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
final class TensorPlaneTest {
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
  void movesTransfersOfOddSizesBitForBitBothWays(Route route) throws Exception {
    RecordingSink sinkA = new RecordingSink(arena);
    RecordingSink sinkB = new RecordingSink(arena);
    TensorPlane a = planes.open(planes.settings("a", 1).withFastest(route), sinkA);
    TensorPlane b = planes.open(planes.settings("b", 2).withFastest(route), sinkB);
    a.connect(peer("b", 2, b));
    b.connect(peer("a", 1, a));
    long[] sizes = {1, 3, 64, 65_343, 65_344, 65_345, 3_300_001, 130_688};
    Map<Integer, MemorySegment> payloads = new HashMap<>();
    for (int shard = 0; shard < 64; shard++) {
      long size = sizes[shard % sizes.length];
      MemorySegment payload = Transfers.random(arena, shard, size);
      payloads.put(shard, payload);
      TensorPlane from = shard % 2 == 0 ? a : b;
      Transfers.post(from, shard % 2 == 0 ? 2 : 1, Transfers.header(shard, size), payload);
    }
    for (int n = 0; n < 64; n++) {
      RecordingSink.Event event = (n % 2 == 0 ? sinkB : sinkA).awaitEnded();
      assertEquals("completed", event.what());
      int shard = event.header().shard();
      assertEquals(Transfers.header(shard, event.memory().byteSize()), event.header());
      assertEquals(shard % 2 == 0 ? 1 : 2, event.sender());
      MemorySegment payload = payloads.remove(shard);
      assertEquals(-1, event.memory().mismatch(payload), "shard=" + shard);
    }
    assertTrue(payloads.isEmpty(), () -> "arrived once each, missing=" + payloads.keySet());
    assertEquals(a.stats().bytesSent(), b.stats().bytesReceived());
    assertEquals(0, refusals(a.stats()) + refusals(b.stats()));
    assertEquals(Optional.of(route), a.pulse(2).flatMap(PeerPulse::route));
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void bf16HalvesTheBytesAndArrivesAsRoundedF32(Route route) throws Exception {
    RecordingSink sink = new RecordingSink(arena);
    TensorPlane a =
        planes.open(planes.settings("a", 1).withFastest(route), new RecordingSink(arena));
    TensorPlane b = planes.open(planes.settings("b", 2), sink);
    a.connect(peer("b", 2, b));
    long size = 4 * 1_000_003;
    MemorySegment payload = Transfers.random(arena, 11, size);
    MemorySegment rounded = arena.allocate(size, 8);
    MemorySegment halves = arena.allocate(size / 2, 8);
    Codec.BF16.encode(payload, 0, halves, 0, (int) size);
    Codec.BF16.decode(halves, 0, rounded, 0, (int) size);
    TransferHeader header = Transfers.header(0, size).withCodec(Codec.BF16);
    Transfers.post(a, 2, header, payload);
    RecordingSink.Event event = sink.awaitEnded();
    assertEquals("completed", event.what());
    assertEquals(header, event.header());
    assertEquals(-1, event.memory().mismatch(rounded));
    assertEquals(size / 2, a.stats().bytesSent());
    assertEquals(size / 2, b.stats().bytesReceived());
  }

  @Test
  void aLongCopyDoesNotHoldUpAStep() throws Exception {
    HoldingSink sink = new HoldingSink(arena);
    TensorPlane a = planes.open(planes.settings("a", 1), new RecordingSink(arena));
    TensorPlane b = planes.open(planes.settings("b", 2), sink);
    a.connect(peer("b", 2, b));
    MemorySegment payload = Transfers.random(arena, 3, BIG);
    TransferHeader copy = new TransferHeader(Kind.COPY, 7, 42, 1, 0, 0, 0, 0, BIG);
    Transfers.post(a, 2, copy, payload);
    assertEquals(copy, sink.awaitBegun().header());
    // The copy is under way and longer than the window; so it cannot end before this begins.
    Transfers.post(a, 2, Transfers.header(1, 300_000), payload);
    sink.release();
    RecordingSink.Event first = sink.awaitEnded();
    assertEquals(Kind.PIECE, first.header().kind());
    assertEquals("completed", first.what());
    RecordingSink.Event second = sink.awaitEnded();
    assertEquals(copy, second.header());
    assertEquals("completed", second.what());
    assertEquals(-1, second.memory().mismatch(payload));
  }

  @Test
  void copiesToItselfWithTheSameCallbacks() throws Exception {
    RecordingSink sink = new RecordingSink(arena);
    TensorPlane plane = planes.open(planes.settings("a", 1), sink);
    MemorySegment payload = Transfers.random(arena, 5, 3_300_001);
    CompletableFuture<SendOutcome> done =
        Transfers.send(plane, 1, Transfers.header(0, 3_300_001), payload);
    RecordingSink.Event event = sink.awaitEnded();
    assertEquals("completed", event.what());
    assertEquals(-1, event.memory().mismatch(payload));
    assertEquals(SendOutcome.SENT, done.get(10, TimeUnit.SECONDS));
    assertEquals(3_300_001, plane.stats().bytesLocal());
    assertEquals(0, plane.stats().bytesSent());
  }

  @Test
  void signalsBackPressureAndGoesOnWhenThereIsRoom() throws Exception {
    HoldingSink slow = new HoldingSink(arena);
    TensorPlane a =
        planes.open(planes.settings("a", 1).withMaxQueuedTransfers(4), new RecordingSink(arena));
    TensorPlane b = planes.open(planes.settings("b", 2), slow);
    a.connect(peer("b", 2, b));
    MemorySegment payload = Transfers.random(arena, 1, BIG);
    List<CompletableFuture<SendOutcome>> accepted = new ArrayList<>();
    accepted.add(Transfers.send(a, 2, Transfers.header(0, BIG), payload));
    slow.awaitBegun();
    // The first is under way and cannot end; so exactly the queue's four places are left.
    Offer last = Offer.ACCEPTED;
    while (last == Offer.ACCEPTED) {
      CompletableFuture<SendOutcome> done = new CompletableFuture<>();
      last = a.send(2, Transfers.header(accepted.size(), BIG), payload, done::complete);
      if (last == Offer.ACCEPTED) {
        accepted.add(done);
      }
    }
    assertEquals(Offer.BACK_PRESSURED, last);
    assertEquals(5, accepted.size());
    assertEquals(1, a.stats().backPressured());
    assertTrue(accepted.stream().noneMatch(CompletableFuture::isDone));
    slow.release();
    for (CompletableFuture<SendOutcome> done : accepted) {
      assertEquals(SendOutcome.SENT, done.get(20, TimeUnit.SECONDS));
      assertEquals("completed", slow.awaitEnded().what());
    }
  }

  @Test
  void countsWhatTheSinkRefusesAndTakesTheNext() throws Exception {
    RecordingSink picky =
        new RecordingSink(arena) {
          @Override
          public @Nullable MemorySegment begin(TransferHeader header, long senderIncarnation) {
            return switch (header.shard()) {
              case 0 -> null;
              case 1 -> throw new IllegalArgumentException("thrown by the test's sink");
              case 2 -> MemorySegment.ofArray(new byte[1]);
              default -> super.begin(header, senderIncarnation);
            };
          }
        };
    TensorPlane a = planes.open(planes.settings("a", 1), new RecordingSink(arena));
    TensorPlane b = planes.open(planes.settings("b", 2).withMaxTransferBytes(200_000), picky);
    a.connect(peer("b", 2, b));
    MemorySegment payload = Transfers.random(arena, 1, 200_001);
    for (int shard = 0; shard < 3; shard++) {
      Transfers.post(a, 2, Transfers.header(shard, 200_000), payload);
    }
    Transfers.post(a, 2, Transfers.header(3, 200_001), payload);
    Transfers.post(a, 2, Transfers.header(4, 200_000), payload);
    Map<Integer, String> ends = new HashMap<>();
    for (int n = 0; n < 2; n++) {
      RecordingSink.Event event = picky.awaitEnded();
      ends.put(event.header().shard(), event.what());
    }
    assertEquals(Map.of(2, "abandoned", 4, "completed"), ends);
    await(() -> refusals(b.stats()) == 4);
    PlaneStats stats = b.stats();
    assertEquals(1, stats.refused(Refusal.SINK));
    assertEquals(2, stats.refused(Refusal.SINK_FAILED));
    assertEquals(1, stats.refused(Refusal.TOO_LONG));
    assertEquals(4, refusals(stats));
  }

  @Test
  void aPayloadClosedTooEarlyBreaksItsTransferOnly() throws Exception {
    HoldingSink sink = new HoldingSink(arena);
    TensorPlane a = planes.open(planes.settings("a", 1), new RecordingSink(arena));
    TensorPlane b = planes.open(planes.settings("b", 2).withLiveness(SHORT), sink);
    a.connect(peer("b", 2, b));
    CompletableFuture<SendOutcome> broken;
    try (Arena early = Arena.ofShared()) {
      broken = Transfers.send(a, 2, Transfers.header(0, BIG), early.allocate(BIG, 8));
      sink.awaitBegun();
    }
    sink.release();
    assertEquals(SendOutcome.PAYLOAD_UNREADABLE, broken.get(10, TimeUnit.SECONDS));
    MemorySegment payload = Transfers.random(arena, 3, 300_000);
    Transfers.post(a, 2, Transfers.header(1, 300_000), payload);
    Map<String, Integer> shards = new HashMap<>();
    for (int n = 0; n < 2; n++) {
      RecordingSink.Event event = sink.awaitEnded();
      shards.put(event.what(), event.header().shard());
    }
    assertEquals(Map.of("abandoned", 0, "completed", 1), shards);
  }

  @Test
  void refusesAnAddressThatIsTaken() {
    TensorPlane a = planes.open(planes.settings("a", 1), new RecordingSink(arena));
    PlaneException refused =
        assertThrows(
            PlaneException.class,
            () -> planes.open(planes.settings("b", 2), new RecordingSink(arena), a.port()));
    assertEquals(
        "could not bind the data plane: address=127.0.0.1:"
            + a.port()
            + ", reason=Address already in use; hint: choose another data-plane port, stop the other node, or name an address of this machine",
        refused.getMessage());
  }

  @Test
  void closingEndsEverythingAndLeavesNoThreadAndNoFile() throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    TensorPlane a = TensorPlane.open(planes.settings("closing", 1), new RecordingSink(arena));
    a.connect(new Peer("dead", 66, "127.0.0.1", 9));
    CompletableFuture<SendOutcome> waiting =
        Transfers.send(a, 66, Transfers.header(0, 8), arena.allocate(8));
    assertTrue(threadsBeside(before) >= 2);
    assertEquals(1, files().length);
    CountDownLatch tried = new CountDownLatch(1);
    List<RuntimeException> thrown = new ArrayList<>();
    assertEquals(
        Offer.ACCEPTED,
        a.send(
            1,
            Transfers.header(0, 8),
            arena.allocate(8),
            outcome -> {
              try {
                a.close();
              } catch (IllegalStateException e) {
                thrown.add(e);
              }
              tried.countDown();
            }));
    assertTrue(tried.await(10, TimeUnit.SECONDS));
    assertEquals(1, thrown.size(), "closing within a callback is refused");
    a.close();
    assertEquals(SendOutcome.CLOSED, waiting.get(10, TimeUnit.SECONDS));
    assertEquals(
        Offer.NOT_CONNECTED, a.send(66, Transfers.header(0, 8), arena.allocate(8), o -> {}));
    assertEquals(
        Offer.NOT_CONNECTED, a.send(1, Transfers.header(0, 8), arena.allocate(8), o -> {}));
    await(() -> threadsBeside(before) == 0);
    assertEquals(0, files().length);
    a.close();
  }

  @Test
  void refusesAPayloadThatIsTooShortOrConfined() {
    TensorPlane a = planes.open(planes.settings("a", 1), new RecordingSink(arena));
    assertThrows(
        IllegalArgumentException.class,
        () -> a.send(1, Transfers.header(0, 9), arena.allocate(8), outcome -> {}));
    try (Arena confined = Arena.ofConfined()) {
      assertThrows(
          IllegalArgumentException.class,
          () -> a.send(1, Transfers.header(0, 8), confined.allocate(8), outcome -> {}));
    }
  }

  private static long threadsBeside(Set<Thread> known) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !known.contains(thread))
        .count();
  }

  private File[] files() {
    File[] found = folder.toFile().listFiles();
    return found == null ? new File[0] : found;
  }
}
