package dev.sampo.parameter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * A running hash of one stream of bytes, as fast as the cache gives them.
 *
 * <p>The stream is cut into lines of 64 bytes, eight lanes of a pair of 32-bit words, and 64 lines
 * make a leaf. Within a leaf each lane is hashed by NH (Black and others, UMAC, CRYPTO 1999): the
 * sum over the lines of {@code (low + key) * (high + key')}, twice with other keys. A leaf's sums
 * are mixed with its number in the stream and added to the stream's. So
 *
 * <ul>
 *   <li>a change within one 32-bit word is always seen: of two products with different keys at most
 *       one can be blind to it, and the mixing is a bijection;
 *   <li>two other streams of one length look alike with a chance of about 2<sup>-64</sup>;
 *   <li>leaves may be hashed by any thread in any order, since their sums are only added.
 * </ul>
 *
 * The keys are public: it tells errors and not forgers. Belongs to one thread.
 */
final class LaneSums {
  static final int LINE_BYTES = 64;
  static final int LEAF_LINES = 64;
  static final int LEAF_BYTES = LINE_BYTES * LEAF_LINES;
  static final int LANES = LINE_BYTES / Long.BYTES;
  static final int PASSES = 2;

  /** What {@link #finishInto} gives to the digest: all sums, then the length. */
  static final int RESULT_BYTES = (PASSES * LANES + 1) * Long.BYTES;

  static final long GOLDEN = 0x9E3779B97F4A7C15L;
  static final long MIX_1 = 0xBF58476D1CE4E5B9L;
  static final long MIX_2 = 0x94D049BB133111EBL;

  private static final long LOW_WORD = 0xFFFFFFFFL;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  /** As wide as the machine's, up to a line: narrower ones go over a leaf more than once. */
  private static final VectorSpecies<Long> WIDE =
      LongVector.SPECIES_PREFERRED.length() > LANES
          ? LongVector.SPECIES_512
          : LongVector.SPECIES_PREFERRED;

  private static final VectorSpecies<Integer> WORDS = WIDE.withLanes(int.class);

  /** Pass p of line l has the keys of line l + p, eight longs a line; then one line for mixing. */
  private static final int[] KEYS = keys();

  private static final int MIX_LINE = LEAF_LINES + PASSES;

  private final long[] leaf = new long[PASSES * LANES];
  private final long[] total = new long[PASSES * LANES];
  private final ByteBuffer result = ByteBuffer.allocate(RESULT_BYTES).order(ORDER);
  private final MemorySegment tail = Arena.ofAuto().allocate(LINE_BYTES, LINE_BYTES);
  private long bytes;

  /** Appends native memory, whose length must be whole lines but for the last one appended. */
  void update(MemorySegment part) {
    if (bytes % LINE_BYTES != 0) {
      throw new IllegalStateException(
          "only the last part of a stream may end within a line: bytes=" + bytes);
    }
    long size = part.byteSize();
    long whole = size - size % LINE_BYTES;
    for (long at = 0; at < whole; ) {
      int line = (int) (bytes / LINE_BYTES % LEAF_LINES);
      int lines = (int) Math.min(LEAF_LINES - line, (whole - at) / LINE_BYTES);
      addLines(part, at, line, lines);
      at += (long) lines * LINE_BYTES;
      bytes += (long) lines * LINE_BYTES;
      if (line + lines == LEAF_LINES) {
        endLeaf(bytes / LEAF_BYTES - 1);
      }
    }
    if (whole < size) {
      tail.fill((byte) 0);
      MemorySegment.copy(part, whole, tail, 0, size - whole);
      addLines(tail, 0, (int) (bytes / LINE_BYTES % LEAF_LINES), 1);
      bytes += size - whole;
    }
  }

  /** Gives the sums to {@code digest} and begins anew. */
  void finishInto(MessageDigest digest) {
    if (bytes % LEAF_BYTES != 0) {
      endLeaf(bytes / LEAF_BYTES);
    }
    result.clear();
    for (long sum : total) {
      result.putLong(sum);
    }
    result.putLong(bytes).flip();
    digest.update(result);
    Arrays.fill(total, 0);
    bytes = 0;
  }

  private void addLines(MemorySegment part, long at, int line, int lines) {
    for (int lane = 0; lane < LANES; lane += WIDE.length()) {
      LongVector first = LongVector.fromArray(WIDE, leaf, lane);
      LongVector second = LongVector.fromArray(WIDE, leaf, LANES + lane);
      long from = at + (long) lane * Long.BYTES;
      int key = 2 * (line * LANES + lane);
      for (int i = 0; i < lines; i++) {
        IntVector words = IntVector.fromMemorySegment(WORDS, part, from, ORDER);
        first = first.add(products(words.add(IntVector.fromArray(WORDS, KEYS, key))));
        key += 2 * LANES;
        second = second.add(products(words.add(IntVector.fromArray(WORDS, KEYS, key))));
        from += LINE_BYTES;
      }
      first.intoArray(leaf, lane);
      second.intoArray(leaf, LANES + lane);
    }
  }

  /** The low word times the high word of each lane. */
  private static LongVector products(IntVector words) {
    LongVector pairs = words.reinterpretAsLongs();
    return pairs.and(LOW_WORD).mul(pairs.lanewise(VectorOperators.LSHR, Integer.SIZE));
  }

  private void endLeaf(long index) {
    for (int lane = 0; lane < leaf.length; lane += WIDE.length()) {
      LongVector salt =
          IntVector.fromArray(WORDS, KEYS, 2 * (MIX_LINE * LANES + lane)).reinterpretAsLongs();
      LongVector v = LongVector.fromArray(WIDE, leaf, lane).add(salt).add(index * GOLDEN);
      v = v.lanewise(VectorOperators.XOR, v.lanewise(VectorOperators.LSHR, 30)).mul(MIX_1);
      v = v.lanewise(VectorOperators.XOR, v.lanewise(VectorOperators.LSHR, 27)).mul(MIX_2);
      v = v.lanewise(VectorOperators.XOR, v.lanewise(VectorOperators.LSHR, 31));
      LongVector.fromArray(WIDE, total, lane).add(v).intoArray(total, lane);
      LongVector.zero(WIDE).intoArray(leaf, lane);
    }
  }

  /** SplitMix64 (Steele and others, OOPSLA 2014) from zero; the low word first. */
  private static int[] keys() {
    int[] words = new int[2 * (LEAF_LINES + 2 * PASSES) * LANES];
    long state = 0;
    for (int i = 0; i < words.length; i += 2) {
      state += GOLDEN;
      long v = (state ^ (state >>> 30)) * MIX_1;
      v = (v ^ (v >>> 27)) * MIX_2;
      v ^= v >>> 31;
      words[i] = (int) v;
      words[i + 1] = (int) (v >>> Integer.SIZE);
    }
    return words;
  }

  /** The key that is added to a word of a lane in a pass over a line: for the plain reference. */
  static int key(int pass, int line, int lane, int word) {
    return KEYS[2 * ((line + pass) * LANES + lane) + word];
  }

  static long salt(int pass, int lane) {
    int at = 2 * ((MIX_LINE + pass) * LANES + lane);
    return (KEYS[at] & LOW_WORD) | (long) KEYS[at + 1] << Integer.SIZE;
  }
}
