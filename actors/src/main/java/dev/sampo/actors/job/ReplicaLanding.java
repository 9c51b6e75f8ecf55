package dev.sampo.actors.job;

import dev.sampo.actors.plane.Landing;
import dev.sampo.gradient.Kind;
import dev.sampo.gradient.TransferHeader;
import dev.sampo.parameter.GradientBuffer;
import dev.sampo.parameter.GradientPool;
import dev.sampo.protocol.Member;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where gradients and copies for one replica land. A pool without a free buffer refuses: that is
 * the back-pressure, and the sender pushes again.
 */
final class ReplicaLanding implements Landing {
  private final GradientPool pool;
  private final Consumer<ReplicaActor.Command> replica;
  private final Object lock = new Object();

  /** Guarded by the lock: places for blocks of a copy that are not in use. */
  private final Deque<MemorySegment> free = new ArrayDeque<>();

  /** By address, on the agent thread only: the place of a block that is being written. */
  private final Map<Long, MemorySegment> places = new HashMap<>();

  /** By address, on the agent thread only. */
  private final Map<Long, GradientBuffer> arriving = new HashMap<>();

  ReplicaLanding(GradientPool pool, Consumer<ReplicaActor.Command> replica) {
    this.pool = pool;
    this.replica = replica;
  }

  /** Blocks of copies may be written there from now on, one in each place. */
  void awaitBlocks(List<MemorySegment> staging) {
    synchronized (lock) {
      free.addAll(staging);
    }
  }

  /** What was written in a place has been taken, or never will be. */
  void release(MemorySegment place) {
    synchronized (lock) {
      free.add(place);
    }
  }

  @Override
  public @Nullable MemorySegment begin(TransferHeader header, Member from) {
    return switch (header.kind()) {
      case PIECE, GRADIENT -> beginGradient(header);
      case COPY -> beginCopy(header);
      case PARAMETERS, PROBE -> null;
    };
  }

  private @Nullable MemorySegment beginGradient(TransferHeader header) {
    if (header.lengthBytes() != pool.range().gradientFloats() * Float.BYTES) {
      return null;
    }
    // One is left for the whole gradient, which must not wait for pieces that wait for it.
    GradientBuffer buffer = pool.acquire(header.kind() == Kind.PIECE ? 1 : 0);
    if (buffer == null) {
      return null;
    }
    arriving.put(buffer.segment().address(), buffer);
    return buffer.segment();
  }

  private @Nullable MemorySegment beginCopy(TransferHeader header) {
    MemorySegment place;
    synchronized (lock) {
      MemorySegment next = free.peek();
      if (next == null || next.byteSize() < header.lengthBytes()) {
        return null;
      }
      place = free.remove();
    }
    MemorySegment block = place.asSlice(0, header.lengthBytes());
    places.put(block.address(), place);
    return block;
  }

  @Override
  public void completed(TransferHeader header, Member from, MemorySegment destination) {
    if (header.kind() == Kind.COPY) {
      MemorySegment place = places.remove(destination.address());
      if (place != null) {
        replica.accept(new ReplicaActor.BlockArrived(ArrivingBlock.of(header), place, destination));
      }
      return;
    }
    GradientBuffer buffer = arriving.remove(destination.address());
    if (buffer != null) {
      replica.accept(
          header.kind() == Kind.PIECE
              ? new ReplicaActor.PieceArrived(from, header, buffer)
              : new ReplicaActor.GradientArrived(from, header.step(), buffer));
    }
  }

  @Override
  public void abandoned(TransferHeader header, MemorySegment destination) {
    if (header.kind() == Kind.COPY) {
      MemorySegment place = places.remove(destination.address());
      if (place != null) {
        release(place);
      }
      return;
    }
    GradientBuffer buffer = arriving.remove(destination.address());
    if (buffer != null) {
      buffer.release();
    }
  }
}
