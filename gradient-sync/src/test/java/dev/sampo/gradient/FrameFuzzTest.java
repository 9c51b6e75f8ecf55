package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.gradient.codec.Codec;
import dev.sampo.gradient.frame.BeatFrameDecoder;
import dev.sampo.gradient.frame.BeatFrameEncoder;
import dev.sampo.gradient.frame.ChecksumScope;
import dev.sampo.gradient.frame.ChunkFrameEncoder;
import dev.sampo.gradient.frame.MessageHeaderDecoder;
import dev.sampo.gradient.frame.MessageHeaderEncoder;
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
  private static final int FRAMES = 1_000_000;
  private static final int PAYLOAD = 96;
  private static final int LENGTH = Frames.CHUNK_HEADER_LENGTH + PAYLOAD;
  private static final long ME = 5;
  private static final long SENDER = 9;

  private final PlaneCounters counters = new PlaneCounters();
  private final FrameBytes bytes = new FrameBytes();
  private final ChunkFrameEncoder chunk = new ChunkFrameEncoder();
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
      assertTrue(inbound.onFrame(frame, at, length, n));
      fed++;
    }
    PlaneStats stats = counters.snapshot();
    String replay = "replay with -Dsampo.test.seed=" + SEED;
    assertEquals(0, sink.begun, replay);
    assertEquals(0, stats.bytesReceived(), replay);
    assertEquals(fed, stats.refused(Refusal.MALFORMED) + stats.refused(Refusal.CHECKSUM), replay);
    assertTrue(stats.refused(Refusal.CHECKSUM) > FRAMES / 4, replay);
    frame.putBytes(at, valid);
    inbound.onFrame(frame, at, LENGTH, 0);
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
    int[] longs = {
      ChunkFrameEncoder.jobEncodingOffset(),
      ChunkFrameEncoder.tensorOffsetEncodingOffset(),
      ChunkFrameEncoder.lengthBytesEncodingOffset(),
      ChunkFrameEncoder.chunkOffsetEncodingOffset(),
      ChunkFrameEncoder.transferIdEncodingOffset(),
      ChunkFrameEncoder.senderEncodingOffset(),
      ChunkFrameEncoder.receiverEncodingOffset()
    };
    int[] ints = {
      ChunkFrameEncoder.coversEncodingOffset(),
      ChunkFrameEncoder.codecEncodingOffset(),
      ChunkFrameEncoder.shardEncodingOffset(),
      ChunkFrameEncoder.firstSlotEncodingOffset(),
      ChunkFrameEncoder.slotsEncodingOffset(),
      ChunkFrameEncoder.chunkLengthEncodingOffset()
    };
    for (int n = 0; n < FRAMES; n++) {
      long total = wild[random.nextInt(wild.length)];
      write(0, random.nextInt(4), random.nextInt(3) * (long) PAYLOAD, total, PAYLOAD);
      long value = wild[random.nextInt(wild.length)];
      switch (random.nextInt(5)) {
        case 0 -> {
          int field = longs[random.nextInt(longs.length)];
          frame.putLong(Frames.CHECKSUM_OFFSET + field, value);
          check(0, LENGTH);
        }
        case 1 -> {
          int field = ints[random.nextInt(ints.length)];
          frame.putInt(Frames.CHECKSUM_OFFSET + field, (int) value);
          check(0, LENGTH);
        }
        default -> {
          // Only the lengths are wild.
        }
      }
      inbound.onFrame(frame, 0, LENGTH, n);
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
        new TransferHeader(
            Kind.COPY, -7, 42, Long.MIN_VALUE, 3, 1024, 512, 1L << 40, 1L << 31, Codec.BF16);
    MemorySegment payload = Transfers.random(Arena.ofAuto(), SEED, 4 * PAYLOAD);
    var transfer = new TransferQueue.Queued(header, payload, outcome -> {}, 0);
    var progress = new OutboundLane.Progress(transfer, 77);
    progress.advance(2 * PAYLOAD);
    FrameWriter writer = new FrameWriter(SENDER, ME, ChecksumScope.FRAME);
    writer.putChunk(frame, 32, progress, 2 * PAYLOAD);
    FrameReader reader = new FrameReader(ChecksumScope.FRAME);
    assertNull(reader.judge(frame, 32, LENGTH));
    assertEquals(header, reader.transfer());
    assertEquals(77, reader.chunk().transferId());
    assertEquals(2 * PAYLOAD, reader.chunk().chunkOffset());
    assertEquals(SENDER, reader.chunk().sender());
    assertEquals(ME, reader.chunk().receiver());
    assertEquals(2 * PAYLOAD, reader.decodedLength());
  }

  @Test
  void aNetworkFrameMustBeCheckedWhole() {
    GuardedSink sink = new GuardedSink();
    write(0, 1, 0, PAYLOAD, PAYLOAD);
    chunk.covers(ChecksumScope.HEADER);
    check(0, Frames.CHUNK_HEADER_LENGTH);
    inbound(sink).onFrame(frame, 0, LENGTH, 0);
    assertEquals(1, counters.snapshot().refused(Refusal.MALFORMED));
    assertEquals(0, sink.begun);
    new Inbound(gate(sink), ChecksumScope.HEADER).onFrame(frame, 0, LENGTH, 0);
    assertEquals(1, sink.completed);
  }

  @Test
  void refusesEveryMutatedBeat() {
    SplittableRandom random = new SplittableRandom(SEED);
    Pulse pulse = new Pulse(SENDER);
    Inbound inbound =
        new Inbound(
            new Inbound.Gate(new GuardedSink(), counters, ME, 1 << 20, id -> false, id -> pulse),
            ChecksumScope.HEADER);
    new FrameWriter(SENDER, ME, ChecksumScope.HEADER).putBeat(frame, 0, 1, 1_000, pulse);
    byte[] valid = new byte[Frames.BEAT_LENGTH];
    frame.getBytes(0, valid);
    for (int n = 0; n < FRAMES / 10; n++) {
      frame.putBytes(0, valid);
      int bit = random.nextInt(valid.length * 8);
      frame.putByte(bit / 8, (byte) (frame.getByte(bit / 8) ^ (1 << (bit % 8))));
      inbound.onFrame(frame, 0, valid.length - random.nextInt(2), n);
    }
    String replay = "replay with -Dsampo.test.seed=" + SEED;
    assertEquals(0, counters.snapshot().beatsReceived(), replay);
    assertFalse(pulse.isHeard(), replay);
    frame.putBytes(0, valid);
    assertFalse(inbound.onFrame(frame, 0, valid.length, 7), "a beat keeps nobody awake");
    assertEquals(1, counters.snapshot().beatsReceived());
    assertEquals(3, pulse.silentNs(10));
  }

  /** Two planes' beats cross; each lets the other's clock be compared. */
  @Test
  void comparesClocksByTheFourTimesOfNtp() {
    Pulse pulse = new Pulse(SENDER);
    BeatFrameDecoder beat = new BeatFrameDecoder();
    BeatFrameEncoder told = new BeatFrameEncoder();
    told.wrapAndApplyHeader(frame, 0, new MessageHeaderEncoder());
    // Ours left at 1000 and came at 51040 by their clock; theirs left at 51100 and came at 1180.
    told.echoedUs(1_000).heardAtUs(51_040).sentAtUs(51_100);
    pulse.onBeat(beat.wrapAndApplyHeader(frame, 0, new MessageHeaderDecoder()), 1_180);
    assertEquals(120, pulse.roundTripUs());
    assertEquals(49_980, pulse.clockOffsetUs());
    told.echoedUs(2_000).heardAtUs(53_000).sentAtUs(53_000);
    pulse.onBeat(beat, 4_000);
    assertEquals(120, pulse.roundTripUs(), "the longer round trip says less");
    assertEquals(53_000, pulse.theirSentAtUs());
  }

  private Inbound inbound(TensorSink sink) {
    return new Inbound(gate(sink), ChecksumScope.FRAME);
  }

  private Inbound.Gate gate(TensorSink sink) {
    return new Inbound.Gate(sink, counters, ME, 1 << 20, id -> false, id -> null);
  }

  private void feed(Inbound inbound, long id, int chunk) {
    write(0, id, chunk * (long) PAYLOAD, 3 * PAYLOAD, PAYLOAD);
    inbound.onFrame(frame, 0, LENGTH, 0);
  }

  private void write(int at, long id, long chunkOffset, long total, int chunkLength) {
    TransferHeader transfer = Transfers.header(1, 1);
    chunk
        .wrapAndApplyHeader(frame, at, new MessageHeaderEncoder())
        .covers(ChecksumScope.FRAME)
        .kind(transfer.kind().code())
        .codec((short) 0)
        .reserved((short) 0)
        .job(transfer.job())
        .step(transfer.step())
        .baseHash(transfer.base())
        .shard(transfer.shard())
        .firstSlot(transfer.firstSlot())
        .slots(transfer.slots())
        .chunkLength(chunkLength)
        .tensorOffset(transfer.offset())
        .lengthBytes(total)
        .chunkOffset(chunkOffset)
        .transferId(id)
        .sender(SENDER)
        .receiver(ME);
    frame.setMemory(at + Frames.CHUNK_HEADER_LENGTH, chunkLength, (byte) 0x5a);
    check(at, Frames.CHUNK_HEADER_LENGTH + chunkLength);
  }

  private void check(int at, int length) {
    int from = Frames.CHECKED_OFFSET;
    chunk.checksum(Integer.toUnsignedLong(bytes.checksum(frame, at + from, length - from)));
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
