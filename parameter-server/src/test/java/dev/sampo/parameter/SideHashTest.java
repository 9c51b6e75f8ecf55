package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.Digest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SideHashTest {
  private static final long SEED = Long.getLong("sampo.test.seed", 42);
  private static final int LEAF = LaneSums.LEAF_BYTES;
  private static final int LINE = LaneSums.LINE_BYTES;

  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(SEED);
  private final SideHash hash = new SideHash();

  @AfterEach
  void closeTheArena() {
    arena.close();
  }

  @Test
  void agreesWithThePlainReferenceAtAwkwardSizes() {
    for (int size : new int[] {0, 1, 4, 63, 64, 65, 128, 1000, 4032, 4095, 4096, 4097, 4160}) {
      assertPlain(size);
      assertPlain(3 * LEAF + size);
    }
  }

  @Test
  void doesNotDependOnHowTheStreamIsCut() {
    MemorySegment bytes = noise(5 * LEAF + 100);
    Digest whole = hash.of(bytes);
    for (int round = 0; round < 50; round++) {
      for (long at = 0; at < bytes.byteSize(); ) {
        long length = Math.min((1 + random.nextInt(200)) * (long) LINE, bytes.byteSize() - at);
        hash.add(bytes.asSlice(at, length));
        at += length;
      }
      assertEquals(whole, hash.parameters(), "seed=" + SEED + ", round=" + round);
    }
  }

  @Test
  void everyFlippedBitOfEveryByteIsSeen() {
    MemorySegment bytes = noise(LEAF + 333);
    Digest whole = hash.of(bytes);
    for (long at = 0; at < bytes.byteSize(); at++) {
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        flip(bytes, at, bit);
        assertNotEquals(whole, hash.of(bytes), "seed=" + SEED + ", byte=" + at + ", bit=" + bit);
        flip(bytes, at, bit);
      }
    }
    assertEquals(whole, hash.of(bytes));
  }

  @Test
  void flippedBytesOfASparseOrConstantStreamAreSeen() {
    // Where data meets a key that makes a product zero, the other pass must see it.
    MemorySegment bytes = arena.allocate(2L * LEAF, LINE);
    for (int line = 0; line < LaneSums.LEAF_LINES; line++) {
      for (int lane = 0; lane < LaneSums.LANES; lane++) {
        for (int pass = 0; pass < LaneSums.PASSES; pass++) {
          long at = line * (long) LINE + lane * (long) Long.BYTES;
          int blind = -LaneSums.key(pass, line, lane, 1);
          bytes.set(ValueLayout.JAVA_INT, at + Integer.BYTES, blind);
          Digest before = hash.of(bytes);
          flip(bytes, at, 3);
          assertNotEquals(before, hash.of(bytes), "line=" + line + ", lane=" + lane);
          bytes.asSlice(at, Long.BYTES).fill((byte) 0);
        }
      }
    }
  }

  @Test
  void everySwapOfTwoPlacesIsSeen() {
    for (int unit : new int[] {4, 8, LINE, 1024, LEAF, 2 * LEAF}) {
      MemorySegment bytes = noise(16 * LEAF);
      Digest whole = hash.of(bytes);
      for (int round = 0; round < 300; round++) {
        int units = (int) (bytes.byteSize() / unit);
        int one = random.nextInt(units);
        int other = (one + 1 + random.nextInt(units - 1)) % units;
        swap(bytes, unit, one, other);
        assertNotEquals(
            whole, hash.of(bytes), "seed=" + SEED + ", unit=" + unit + ", round=" + round);
        swap(bytes, unit, one, other);
      }
    }
  }

  @Test
  void streamsOfZerosDifferByTheirLength() {
    MemorySegment zeros = arena.allocate(3L * LEAF, LINE);
    Set<Digest> seen = new HashSet<>();
    for (long length = 0; length <= zeros.byteSize(); length += 4) {
      assertTrue(seen.add(hash.of(zeros.asSlice(0, length))), "length=" + length);
    }
  }

  @Test
  void planesOfTheStateAreNotInterchangeable() {
    long planeBytes = 1000;
    MemorySegment side = noise(3 * (int) planeBytes);
    hash.addFlat(side, planeBytes);
    Digest parameters = hash.parameters();
    Digest state = hash.state();
    assertEquals(PlainHash.state(side, planeBytes), state);
    assertEquals(PlainHash.of(bytesOf(side.asSlice(0, planeBytes))), parameters);
    byte[] first = bytesOf(side.asSlice(planeBytes, planeBytes));
    MemorySegment.copy(side, 2 * planeBytes, side, planeBytes, planeBytes);
    MemorySegment.copy(first, 0, side, ValueLayout.JAVA_BYTE, 2 * planeBytes, (int) planeBytes);
    hash.addFlat(side, planeBytes);
    assertEquals(parameters, hash.parameters());
    assertNotEquals(state, hash.state());
  }

  @Test
  void noTwoPassesShareAKey() {
    List<String> shared = new ArrayList<>();
    for (int line = 0; line < LaneSums.LEAF_LINES; line++) {
      for (int lane = 0; lane < LaneSums.LANES; lane++) {
        for (int word = 0; word < 2; word++) {
          if (LaneSums.key(0, line, lane, word) == LaneSums.key(1, line, lane, word)) {
            shared.add(line + "/" + lane + "/" + word);
          }
        }
      }
    }
    assertEquals(List.of(), shared, "or a single changed word could be missed");
  }

  @Test
  void nothingFollowsAPartThatEndsWithinALine() {
    hash.add(noise(65));
    MemorySegment more = noise(64);
    assertThrows(IllegalStateException.class, () -> hash.add(more));
  }

  private void assertPlain(int size) {
    MemorySegment bytes = noise(size);
    assertEquals(PlainHash.of(bytesOf(bytes)), hash.of(bytes), "seed=" + SEED + ", size=" + size);
  }

  private MemorySegment noise(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    MemorySegment segment = arena.allocate(Math.max(size, 1), LINE).asSlice(0, size);
    return segment.copyFrom(MemorySegment.ofArray(bytes));
  }

  private static byte[] bytesOf(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_BYTE);
  }

  private static void flip(MemorySegment bytes, long at, int bit) {
    bytes.set(
        ValueLayout.JAVA_BYTE, at, (byte) (bytes.get(ValueLayout.JAVA_BYTE, at) ^ (1 << bit)));
  }

  private static void swap(MemorySegment bytes, int unit, int one, int other) {
    byte[] kept = bytesOf(bytes.asSlice((long) one * unit, unit));
    MemorySegment.copy(bytes, (long) other * unit, bytes, (long) one * unit, unit);
    MemorySegment.copy(kept, 0, bytes, ValueLayout.JAVA_BYTE, (long) other * unit, unit);
  }
}
