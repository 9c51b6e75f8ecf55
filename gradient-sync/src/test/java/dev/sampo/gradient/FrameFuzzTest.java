package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever bytes arrive: refused and counted, never applied, never a crash. */
final class FrameFuzzTest {
  private static final long SEED = Long.getLong("sampo.test.seed", 20_261_123L);
  private static final int FRAMES = 100_000;
  private static final int PAYLOAD = 96;
  private static final int LENGTH = FrameDescriptor.HEADER_LENGTH + PAYLOAD;
  private static final long ME = 5;
  private static final long SENDER = 9;

  private final PlaneCounters counters = new PlaneCounters();
  private final FrameBytes bytes = new FrameBytes();
  private final UnsafeBuffer frame = new UnsafeBuffer(ByteBuffer.allocateDirect(512));

  @Test
  void refusesEveryMutatedFrame() {
    SplittableRandom random = new SplittableRandom(SEED);
    GuardedSink sink = new GuardedSink();
    Inbound inbound = inbound(sink);
    byte[] valid = new byte[LENGTH];
    byte[] mutated = new byte[LENGTH];
    int at = 32;
    write(at, 1, 0, PAYLOAD, PAYLOAD);
    frame.getBytes(at, valid);
    int fed = 0;
    for (int n = 0; n < FRAMES; n++) {
      frame.putBytes(at, valid);
      int length = mutate(random, at);
      frame.getBytes(at, mutated);
      if (length == LENGTH && java.util.Arrays.equals(valid, mutated)) {
        continue;
      }
      inbound.onFrame(frame, at, length);
      fed++;
    }
    PlaneStats stats = counters.snapshot();
    String replay = "replay with -Dsampo.test.seed=" + SEED;
    assertEquals(0, sink.begun, replay);
    assertEquals(0, stats.bytesReceived(), replay);
    assertEquals(fed, stats.refused(Refusal.MALFORMED) + stats.refused(Refusal.CHECKSUM), replay);
    assertTrue(stats.refused(Refusal.CHECKSUM) > FRAMES / 4, replay);
    frame.putBytes(at, valid);
    inbound.onFrame(frame, at, LENGTH);
    assertEquals(1, sink.completed, "the frame itself is good");
  }

  /** Frames with a right checksum and wild fields: what a peer with a fault of its own may send. */
  @Test
  void neverWritesOutsideADestinationWhateverTheFieldsSay() {
    SplittableRandom random = new SplittableRandom(SEED);
    GuardedSink sink = new GuardedSink();
    Inbound inbound = inbound(sink);
    long[] wild = {
      0,
      1,
      2,
      PAYLOAD - 1,
      PAYLOAD,
      PAYLOAD + 1,
      2 * PAYLOAD,
      -1,
      Long.MIN_VALUE,
      Long.MAX_VALUE,
      Integer.MAX_VALUE,
      Integer.MIN_VALUE,
      ME,
      SENDER
    };
    int[] fields = {8, 12, 16, 40, 44, 48, 52, 56, 64, 72, 80, 88, 96};
    for (int n = 0; n < FRAMES; n++) {
      long total = wild[random.nextInt(wild.length)];
      write(0, random.nextInt(4), random.nextInt(3) * (long) PAYLOAD, total, PAYLOAD);
      if (random.nextInt(3) == 0) {
        int field = fields[random.nextInt(fields.length)];
        long value = wild[random.nextInt(wild.length)];
        if (field == 8 || field == 12 || (field >= 40 && field <= 52)) {
          frame.putInt(field, (int) value);
        } else {
          frame.putLong(field, value);
        }
        check(0, LENGTH);
      }
      inbound.onFrame(frame, 0, LENGTH);
      sink.checkGuards();
    }
    PlaneStats stats = counters.snapshot();
    String replay = "replay with -Dsampo.test.seed=" + SEED;
    assertEquals(sink.begun, sink.completed + sink.abandoned + sink.underWay(), replay);
    assertTrue(stats.refused(Refusal.MALFORMED) > 0, replay);
    assertTrue(stats.refused(Refusal.OUT_OF_ORDER) > 0, replay);
    assertEquals(0, stats.errors(), replay);
  }

  @Test
  void takesATransferOnlyWithAllItsChunksInOrder() {
    GuardedSink sink = new GuardedSink();
    Inbound inbound = inbound(sink);
    feed(inbound, 1, 0);
    feed(inbound, 1, 1);
    feed(inbound, 1, 2);
    assertEquals(1, sink.completed);
    feed(inbound, 2, 0);
    feed(inbound, 2, 2);
    feed(inbound, 2, 1);
    assertEquals(1, sink.abandoned, "a chunk is missing");
    assertEquals(1, counters.snapshot().refused(Refusal.OUT_OF_ORDER), "counted once");
    feed(inbound, 3, 0);
    feed(inbound, 4, 0);
    assertEquals(2, sink.abandoned, "another transfer began");
    feed(inbound, 3, 1);
    assertEquals(3, sink.abandoned, "what interrupts a transfer breaks it");
    feed(inbound, 3, 0);
    feed(inbound, 1, 0);
    assertEquals(4, sink.begun, "ids never come twice");
  }

  @Test
  void abandonsWhatAReplacedSenderHadUnderWay() {
    GuardedSink sink = new GuardedSink();
    Inbound inbound = inbound(sink);
    feed(inbound, 1, 0);
    inbound.abandonFrom(SENDER + 1);
    assertEquals(0, sink.abandoned);
    inbound.abandonFrom(SENDER);
    assertEquals(1, sink.abandoned);
    feed(inbound, 1, 1);
    feed(inbound, 1, 2);
    assertEquals(0, sink.completed);
    assertEquals(0, counters.snapshot().refused(Refusal.OUT_OF_ORDER), "passed over in silence");
  }

  @Test
  void readsBackEveryFieldOfAHeader() {
    TransferHeader header =
        new TransferHeader(Kind.COPY, -7, 42, Long.MIN_VALUE, 3, 1024, 512, 1L << 40, 1L << 31);
    FrameDescriptor.putTransfer(frame, 0, header);
    FrameDescriptor.putChunk(frame, 0, 77, 96, PAYLOAD);
    FrameDescriptor.putRoute(frame, 0, SENDER, ME);
    check(0, LENGTH);
    assertNull(FrameDescriptor.judge(frame, 0, LENGTH, bytes));
    assertEquals(header, FrameDescriptor.transfer(frame, 0));
    assertEquals(77, FrameDescriptor.transferId(frame, 0));
    assertEquals(96, FrameDescriptor.chunkOffset(frame, 0));
    assertEquals(SENDER, FrameDescriptor.sender(frame, 0));
    assertEquals(ME, FrameDescriptor.receiver(frame, 0));
  }

  private Inbound inbound(TensorSink sink) {
    return new Inbound(new Inbound.Gate(sink, counters, ME, 1 << 20, incarnation -> false));
  }

  private void feed(Inbound inbound, long id, int chunk) {
    write(0, id, chunk * (long) PAYLOAD, 3 * PAYLOAD, PAYLOAD);
    inbound.onFrame(frame, 0, LENGTH);
  }

  private void write(int at, long id, long chunkOffset, long total, int chunkLength) {
    FrameDescriptor.putTransfer(frame, at, Transfers.header(1, 1));
    frame.putLong(at + FrameDescriptor.LENGTH_OFFSET, total);
    FrameDescriptor.putChunk(frame, at, id, chunkOffset, chunkLength);
    FrameDescriptor.putRoute(frame, at, SENDER, ME);
    frame.setMemory(at + FrameDescriptor.HEADER_LENGTH, chunkLength, (byte) 0x5a);
    check(at, FrameDescriptor.HEADER_LENGTH + chunkLength);
  }

  private void check(int at, int length) {
    int from = FrameDescriptor.CHECKED_OFFSET;
    FrameDescriptor.putChecksum(frame, at, bytes.checksum(frame, at + from, length - from));
  }

  private int mutate(SplittableRandom random, int at) {
    switch (random.nextInt(4)) {
      case 0 -> {
        int bit = random.nextInt(LENGTH * 8);
        frame.putByte(at + bit / 8, (byte) (frame.getByte(at + bit / 8) ^ (1 << (bit % 8))));
      }
      case 1 -> {
        for (int n = random.nextInt(8); n >= 0; n--) {
          frame.putByte(at + random.nextInt(LENGTH), (byte) random.nextInt());
        }
      }
      case 2 -> frame.putLong(at + random.nextInt(LENGTH - 8), random.nextLong());
      case 3 -> {
        return random.nextInt(LENGTH);
      }
      default -> throw new IllegalStateException("four ways to mutate");
    }
    return LENGTH;
  }

  /** Gives memory between two guard zones, of exactly the length that the header names. */
  private static final class GuardedSink implements TensorSink {
    private static final int GUARD = 64;
    private static final int MOST = 4 * PAYLOAD;
    private final MemorySegment memory = Arena.ofAuto().allocate(GUARD + MOST + GUARD, 64);
    private long given;
    private int begun;
    private int completed;
    private int abandoned;

    @Override
    public @Nullable MemorySegment begin(TransferHeader header, long senderIncarnation) {
      if (header.lengthBytes() > MOST) {
        return null;
      }
      begun++;
      memory.fill((byte) 0);
      given = header.lengthBytes();
      return memory.asSlice(GUARD, given);
    }

    @Override
    public void completed(TransferHeader header, long sender, MemorySegment destination) {
      completed++;
    }

    @Override
    public void abandoned(TransferHeader header, long sender, MemorySegment destination) {
      abandoned++;
    }

    int underWay() {
      return begun - completed - abandoned > 0 ? 1 : 0;
    }

    void checkGuards() {
      for (long n = 0; n < GUARD; n++) {
        assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, n));
        assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, GUARD + given + n));
      }
    }
  }
}
