package dev.sampo.actors.job;

import dev.sampo.actors.plane.Landing;
import dev.sampo.device.LargePages;
import dev.sampo.gradient.TransferHeader;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node's own copy of the model's parameters, off-heap, in two sides: even versions and odd ones.
 * The data plane writes the next version into one side while devices compute from the other.
 *
 * <p>The side of the version that devices work from is guarded: once whole it is not written again
 * until another version is guarded. State is behind one short lock, since the plane's agent asks
 * from its own thread.
 */
final class ParameterMirror implements AutoCloseable {
  /** One shard of one version with these bits has arrived; they have not been checked yet. */
  record Arrival(int shard, long version, long prefix, MemorySegment parameters) {}

  private static final class Slot {
    long version = -1;
    long prefix;
    boolean writing;

    boolean holds(long wantedVersion, long wantedPrefix) {
      return !writing && version == wantedVersion && prefix == wantedPrefix;
    }
  }

  private final List<ShardRange> ranges;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment[] sides = new MemorySegment[2];
  private final Slot[][] slots;
  private long guarded = -1;
  private long[] guardedPrefixes = {};

  /** Room for two versions. */
  ParameterMirror(List<ShardRange> ranges) {
    this.ranges = ranges;
    ShardRange last = ranges.getLast();
    long bytes = (last.first() + last.parameters()) * Float.BYTES;
    this.slots = new Slot[2][ranges.size()];
    for (int side = 0; side < sides.length; side++) {
      sides[side] = LargePages.allocate(arena, bytes);
      for (int shard = 0; shard < ranges.size(); shard++) {
        slots[side][shard] = new Slot();
      }
    }
  }

  /**
   * Devices work from this version from now on.
   *
   * @param prefixes of its parameters' digests, by shard
   */
  synchronized void guard(long version, long[] prefixes) {
    guarded = version;
    guardedPrefixes = prefixes;
  }

  /** Whether one shard of a version lies here, as it was sent, and is not being overwritten. */
  synchronized boolean holds(int shard, long version, long prefix) {
    return slots[(int) (version & 1)][shard].holds(version, prefix);
  }

  /** The flat parameters of the side where {@code version} lies, if it lies anywhere. */
  MemorySegment side(long version) {
    return sides[(int) (version & 1)];
  }

  /**
   * Where parameters land.
   *
   * @param arrived is told of every shard, on the plane's agent thread
   */
  Landing telling(Consumer<Arrival> arrived) {
    return new Landing() {
      @Override
      public @Nullable MemorySegment begin(TransferHeader header, Member from) {
        return ParameterMirror.this.begin(header);
      }

      @Override
      public void completed(TransferHeader header, Member from, MemorySegment destination) {
        complete(header);
        arrived.accept(new Arrival(header.shard(), header.step(), header.base(), destination));
      }

      @Override
      public void abandoned(TransferHeader header, MemorySegment destination) {
        abandon(header);
      }
    };
  }

  private synchronized @Nullable MemorySegment begin(TransferHeader header) {
    if (header.shard() >= ranges.size()) {
      return null;
    }
    ShardRange range = ranges.get(header.shard());
    Slot slot = slot(header);
    long bytes = range.parameters() * Float.BYTES;
    if (header.lengthBytes() != bytes
        || slot.writing
        || slot.holds(header.step(), header.base())
        || isGuardedFrom(header)) {
      return null;
    }
    slot.writing = true;
    slot.version = -1;
    return side(header.step()).asSlice(range.first() * Float.BYTES, bytes);
  }

  /** The side of the guarded version takes that version alone, with the bits that are wanted. */
  private boolean isGuardedFrom(TransferHeader header) {
    boolean sameSide = guarded >= 0 && (guarded & 1) == (header.step() & 1);
    return sameSide
        && (header.step() != guarded || header.base() != guardedPrefixes[header.shard()]);
  }

  private synchronized void complete(TransferHeader header) {
    Slot slot = slot(header);
    slot.writing = false;
    slot.version = header.step();
    slot.prefix = header.base();
  }

  private synchronized void abandon(TransferHeader header) {
    slot(header).writing = false;
  }

  /** The bytes did not hash to what was wanted: they may be written again. */
  synchronized void forget(int shard, long version) {
    slots[(int) (version & 1)][shard].version = -1;
  }

  private Slot slot(TransferHeader header) {
    return slots[(int) (header.step() & 1)][header.shard()];
  }

  @Override
  public void close() {
    arena.close();
  }
}
