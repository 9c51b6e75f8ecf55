package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Term;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The two commit records of a shard, in place in the mapped file. The record of version v lies in
 * slot {@code v & 1}. Native byte order; one slot:
 *
 * <pre>
 *    0  version        8  generation    16  term counter   24  number
 *   32  clipScale     40  learningRate  48  loss           56  gradientNorm
 *   64  skipsInARow   68  flags         72  bytes of the term's node name
 *   80  parameters digest (32)         112  state digest (32)
 *  144  node name, UTF-8 (at most 256)
 *  504  checksum: the mark in the upper half, CRC-32C of bytes 0..503 in the lower
 * </pre>
 *
 * The checksum is zeroed first and written last, each fenced from what lies between: a process that
 * dies leaves a slot that is whole or has no checksum. Belongs to the shard's thread.
 */
final class RecordSlots {
  static final int SLOT_BYTES = 512;
  static final int BYTES = 2 * SLOT_BYTES;
  static final int CHECKSUM = 504;

  private static final int VERSION = 0;
  private static final int GENERATION = 8;
  private static final int TERM = 16;
  private static final int NUMBER = 24;
  private static final int CLIP_SCALE = 32;
  private static final int LEARNING_RATE = 40;
  private static final int LOSS = 48;
  private static final int GRADIENT_NORM = 56;
  private static final int SKIPS_IN_A_ROW = 64;
  private static final int FLAGS = 68;
  private static final int NAME_BYTES = 72;
  private static final int PARAMETERS = 80;
  private static final int STATE = 112;
  private static final int NAME = 144;
  private static final int MAX_NAME_BYTES = 256;
  private static final int DIGEST_BYTES = 32;

  private static final int DECIDED = 1;
  private static final int FENCED = 2;
  private static final int SKIPPED = 4;

  /** Tells a written checksum from an empty slot and from other files. */
  private static final long MARK = 0x5A4D_504F_0000_0000L;

  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  private final MemorySegment slots;
  private final byte[] bytes = new byte[SLOT_BYTES];
  private final MemorySegment body = MemorySegment.ofArray(bytes);

  /**
   * @param slots {@link #BYTES} bytes, aligned to 8
   */
  RecordSlots(MemorySegment slots) {
    this.slots = slots;
  }

  static int slotOf(long version) {
    return (int) (version & 1);
  }

  /** Makes the slot no record, before the first byte of its side changes. */
  void invalidate(int slot) {
    LONG.setRelease(slots, (long) slot * SLOT_BYTES + CHECKSUM, 0L);
    VarHandle.fullFence();
  }

  /** Writes the record; every byte of its side was written before. */
  void write(CommitRecord record) {
    int slot = slotOf(record.version());
    encode(record);
    invalidate(slot);
    MemorySegment.copy(bytes, 0, slots, ValueLayout.JAVA_BYTE, (long) slot * SLOT_BYTES, CHECKSUM);
    LONG.setRelease(slots, (long) slot * SLOT_BYTES + CHECKSUM, checksum());
  }

  /** The slot's record, or null if it holds none or a torn one. */
  @Nullable CommitRecord read(int slot) {
    long at = (long) slot * SLOT_BYTES;
    long checksum = (long) LONG.getAcquire(slots, at + CHECKSUM);
    MemorySegment.copy(slots, ValueLayout.JAVA_BYTE, at, bytes, 0, CHECKSUM);
    if (checksum != checksum() || slotOf(getLong(VERSION)) != slot) {
      return null;
    }
    return decode();
  }

  private void encode(CommitRecord record) {
    body.fill((byte) 0);
    putLong(VERSION, record.version());
    int flags = 0;
    Fence fence = record.fence();
    if (fence != null) {
      flags |= FENCED;
      putFence(fence);
    }
    Decision decision = record.decision();
    if (decision != null) {
      flags |= DECIDED | (decision.skip() ? SKIPPED : 0);
      putDouble(CLIP_SCALE, decision.clipScale());
      putDouble(LEARNING_RATE, decision.learningRate());
      putDouble(LOSS, decision.loss());
      putDouble(GRADIENT_NORM, decision.gradientNorm());
      putInt(SKIPS_IN_A_ROW, decision.skipsInARow());
    }
    putInt(FLAGS, flags);
    putDigest(PARAMETERS, record.parameters());
    putDigest(STATE, record.state());
  }

  private void putFence(Fence fence) {
    byte[] name = fence.term().node().name().getBytes(StandardCharsets.UTF_8);
    if (name.length > MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          "a node's name has at most "
              + MAX_NAME_BYTES
              + " bytes: bytes="
              + name.length
              + ", fence="
              + fence);
    }
    putLong(GENERATION, fence.generation());
    putLong(TERM, fence.term().counter());
    putLong(NUMBER, fence.number());
    putInt(NAME_BYTES, name.length);
    System.arraycopy(name, 0, bytes, NAME, name.length);
  }

  private CommitRecord decode() {
    int flags = getInt(FLAGS);
    return new CommitRecord(
        getLong(VERSION),
        (flags & FENCED) != 0 ? decodeFence() : null,
        (flags & DECIDED) != 0 ? decodeDecision((flags & SKIPPED) != 0) : null,
        getDigest(PARAMETERS),
        getDigest(STATE));
  }

  private Fence decodeFence() {
    String name = new String(bytes, NAME, getInt(NAME_BYTES), StandardCharsets.UTF_8);
    Term term = new Term(getLong(TERM), new NodeId(name));
    return new Fence(getLong(GENERATION), term, getLong(NUMBER));
  }

  private Decision decodeDecision(boolean skip) {
    return new Decision(
        getLong(VERSION) - 1,
        getDouble(CLIP_SCALE),
        getDouble(LEARNING_RATE),
        skip,
        getInt(SKIPS_IN_A_ROW),
        getDouble(LOSS),
        getDouble(GRADIENT_NORM));
  }

  private long checksum() {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, CHECKSUM);
    return MARK | crc.getValue();
  }

  private void putDigest(int at, Digest digest) {
    System.arraycopy(HexFormat.of().parseHex(digest.hex()), 0, bytes, at, DIGEST_BYTES);
  }

  private Digest getDigest(int at) {
    return new Digest(HexFormat.of().formatHex(bytes, at, at + DIGEST_BYTES));
  }

  private void putLong(int at, long value) {
    body.set(ValueLayout.JAVA_LONG_UNALIGNED, at, value);
  }

  private long getLong(int at) {
    return body.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
  }

  private void putInt(int at, int value) {
    body.set(ValueLayout.JAVA_INT_UNALIGNED, at, value);
  }

  private int getInt(int at) {
    return body.get(ValueLayout.JAVA_INT_UNALIGNED, at);
  }

  private void putDouble(int at, double value) {
    body.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, value);
  }

  private double getDouble(int at) {
    return body.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at);
  }
}
