package dev.sampo.actors.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.actors.plane.Landing;
import dev.sampo.gradient.Kind;
import dev.sampo.gradient.TransferHeader;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.ShardRange;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ParameterMirrorTest {
  private static final Member OWNER = new Member(new NodeId("anvil"), 1);
  private static final List<ShardRange> RANGES = ShardRange.cut(100, 3);

  /** The bits that are wanted of every version here, and others. */
  private static final long RIGHT = 0x8000_0000_0000_0001L;

  private static final long WRONG = 2;

  private final ParameterMirror mirror = new ParameterMirror(RANGES);
  private final List<ParameterMirror.Arrival> arrivals = new ArrayList<>();
  private final Landing landing = mirror.telling(arrivals::add);

  @AfterEach
  void close() {
    if (mirror.side(0).scope().isAlive()) {
      mirror.close();
    }
  }

  @Test
  void aShardLandsInItsRangeOfItsVersionsSide() {
    land(1, 4, RIGHT, 7f);
    assertTrue(mirror.holds(1, 4, RIGHT));
    assertEquals(
        RANGES.get(1).parameters() * Float.BYTES, arrivals.getFirst().parameters().byteSize());
    for (int i = 0; i < 100; i++) {
      boolean inside = RANGES.get(1).first() <= i && i < RANGES.get(2).first();
      assertEquals(inside ? 7f : 0f, at(4, i), "parameter=" + i);
      assertEquals(0f, at(5, i), "the other side, parameter=" + i);
    }
  }

  @Test
  void theGuardedSideIsNotOverwritten() {
    mirror.guard(4, prefixes(RIGHT));
    land(0, 4, RIGHT, 7f);
    assertNull(begin(header(0, 6, RIGHT)), "a later version on the same side");
    assertNull(begin(header(0, 2, RIGHT)), "an earlier version on the same side");
    assertNull(begin(header(0, 4, WRONG)), "other bits of the same version");
    assertNull(begin(header(0, 4, RIGHT)), "the same once more");
    assertTrue(mirror.holds(0, 4, RIGHT));
    assertEquals(7f, at(4, 0));
    assertNull(begin(header(1, 6, RIGHT)), "a shard of the guarded side that is still to come");
    land(0, 5, RIGHT, 8f);
    assertEquals(7f, at(4, 0), "the next version lands on the other side");
  }

  @Test
  void theSideIsFreeWhenAnotherVersionIsGuarded() {
    mirror.guard(4, prefixes(RIGHT));
    land(0, 4, RIGHT, 7f);
    mirror.guard(5, prefixes(RIGHT));
    land(0, 6, RIGHT, 9f);
    assertFalse(mirror.holds(0, 4, RIGHT));
    assertEquals(9f, at(6, 0));
  }

  @Test
  void oneTransferAtATimeWritesAShard() {
    TransferHeader header = header(0, 4, RIGHT);
    MemorySegment destination = begin(header);
    assertNotNull(destination);
    assertFalse(mirror.holds(0, 4, RIGHT), "while it is being written");
    assertNull(begin(header), "a second sender");
    assertNotNull(begin(header(1, 4, RIGHT)), "another shard");
    landing.abandoned(header, destination);
    assertFalse(mirror.holds(0, 4, RIGHT), "after half of it came");
    assertEquals(List.of(), arrivals);
    land(0, 4, RIGHT, 7f);
    assertTrue(mirror.holds(0, 4, RIGHT));
  }

  @Test
  void whatDidNotHashToItsNameMayBeWrittenAgain() {
    mirror.guard(4, prefixes(RIGHT));
    land(0, 4, RIGHT, 7f);
    mirror.forget(0, 4);
    assertFalse(mirror.holds(0, 4, RIGHT));
    land(0, 4, RIGHT, 8f);
    assertTrue(mirror.holds(0, 4, RIGHT));
  }

  @Test
  void refusesTransfersOfAnotherShape() {
    assertNull(begin(header(3, 4, RIGHT, 16)), "a shard that is not there");
    long bytes = RANGES.get(0).parameters() * Float.BYTES;
    assertNull(begin(header(0, 4, RIGHT, bytes - 4)), "a part of a shard");
    assertNull(begin(header(0, 4, RIGHT, bytes + 4)), "more than a shard");
  }

  @Test
  void useAfterCloseThrows() {
    MemorySegment side = mirror.side(0);
    mirror.close();
    assertThrows(IllegalStateException.class, () -> side.get(ValueLayout.JAVA_FLOAT, 0));
  }

  private void land(int shard, long version, long prefix, float value) {
    TransferHeader header = header(shard, version, prefix);
    MemorySegment destination = begin(header);
    assertNotNull(destination, header::toString);
    for (long i = 0; i < destination.byteSize() / Float.BYTES; i++) {
      destination.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
    landing.completed(header, OWNER, destination);
    assertEquals(
        new ParameterMirror.Arrival(shard, version, prefix, destination), arrivals.getLast());
  }

  private @Nullable MemorySegment begin(TransferHeader header) {
    return landing.begin(header, OWNER);
  }

  private float at(long version, int parameter) {
    return mirror.side(version).getAtIndex(ValueLayout.JAVA_FLOAT, parameter);
  }

  private static long[] prefixes(long each) {
    return new long[] {each, each, each};
  }

  private static TransferHeader header(int shard, long version, long prefix) {
    return header(shard, version, prefix, RANGES.get(shard).parameters() * Float.BYTES);
  }

  private static TransferHeader header(int shard, long version, long prefix, long bytes) {
    return new TransferHeader(Kind.PARAMETERS, 1, version, prefix, shard, 0, 0, 0, bytes);
  }
}
