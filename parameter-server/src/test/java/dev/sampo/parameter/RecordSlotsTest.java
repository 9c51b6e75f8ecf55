package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Term;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecordSlotsTest {
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(RecordSlots.BYTES, 64);
  private final RecordSlots slots = new RecordSlots(memory);

  @AfterEach
  void closeTheArena() {
    arena.close();
  }

  @Test
  void zeroedMemoryHoldsNoRecord() {
    assertNull(slots.read(0));
    assertNull(slots.read(1));
  }

  @Test
  void recordsComeBackAsTheyWere() {
    CommitRecord zero = record(0, null);
    CommitRecord one = record(1, Steps.FENCE);
    slots.write(zero);
    slots.write(one);
    assertEquals(zero, slots.read(0));
    assertEquals(one, slots.read(1));
    CommitRecord two =
        new CommitRecord(
            2,
            new Fence(-1, new Term(Long.MAX_VALUE, new NodeId("knödel-".repeat(30))), 9),
            Steps.skip(1),
            StoredShardTest.digest('e'),
            StoredShardTest.digest('f'));
    slots.write(two);
    assertEquals(two, slots.read(0));
    slots.invalidate(0);
    assertNull(slots.read(0));
    assertEquals(one, slots.read(1));
  }

  @Test
  void anyFlippedByteMakesItNoRecord() {
    CommitRecord one = record(1, Steps.FENCE);
    slots.write(one);
    for (int at = 0; at < RecordSlots.SLOT_BYTES; at++) {
      StoredShardTest.flip(memory, RecordSlots.SLOT_BYTES + at);
      assertNull(slots.read(1), "flipped byte " + at);
      StoredShardTest.flip(memory, RecordSlots.SLOT_BYTES + at);
    }
    assertEquals(one, slots.read(1));
  }

  @Test
  void aRecordInTheOtherSlotIsNone() {
    slots.write(record(1, Steps.FENCE));
    memory.copyFrom(memory.asSlice(RecordSlots.SLOT_BYTES));
    assertNull(slots.read(0));
  }

  @Test
  void aNameThatDoesNotFitIsRefusedBeforeAnythingIsWritten() {
    CommitRecord one = record(1, Steps.FENCE);
    slots.write(one);
    CommitRecord three = record(3, new Fence(1, new Term(1, new NodeId("n".repeat(257))), 1));
    assertThrows(IllegalArgumentException.class, () -> slots.write(three));
    assertEquals(one, slots.read(1));
  }

  private static CommitRecord record(long version, @Nullable Fence fence) {
    return new CommitRecord(
        version,
        fence,
        version == 0 ? null : Steps.decision(version - 1),
        StoredShardTest.digest('a'),
        StoredShardTest.digest('b'));
  }
}
