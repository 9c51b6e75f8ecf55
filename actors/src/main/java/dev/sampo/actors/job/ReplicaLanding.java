package dev.sampo.actors.job;

import dev.sampo.actors.plane.Landing;
import dev.sampo.gradient.Kind;
import dev.sampo.gradient.TransferHeader;
import dev.sampo.parameter.GradientBuffer;
import dev.sampo.parameter.GradientPool;
import dev.sampo.protocol.Member;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where gradients and copies for one replica land. A pool without a free buffer refuses: that is
 * the back-pressure, and the sender pushes again.
 */
final class ReplicaLanding implements Landing {
  private final GradientPool pool;
  private final Consumer<ReplicaActor.Command> replica;
  private final AtomicReference<@Nullable MemorySegment> copy = new AtomicReference<>();
  private final AtomicBoolean copyUnderWay = new AtomicBoolean();

  /** By address, on the agent thread only. */
  private final Map<Long, GradientBuffer> arriving = new HashMap<>();

  ReplicaLanding(GradientPool pool, Consumer<ReplicaActor.Command> replica) {
    this.pool = pool;
    this.replica = replica;
  }

  /** A whole version may be written there, unless one is being written or waits to be adopted. */
  void awaitCopy(MemorySegment staging) {
    copy.set(staging);
  }

  /** What was written has been adopted, or never will be. */
  void release() {
    copyUnderWay.set(false);
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
    MemorySegment staging = copy.get();
    if (staging == null || staging.byteSize() != header.lengthBytes()) {
      return null;
    }
    return copyUnderWay.compareAndSet(false, true) ? staging : null;
  }

  @Override
  public void completed(TransferHeader header, Member from, MemorySegment destination) {
    if (header.kind() == Kind.COPY) {
      replica.accept(new ReplicaActor.CopyArrived(header.step(), header.base()));
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
      release();
      return;
    }
    GradientBuffer buffer = arriving.remove(destination.address());
    if (buffer != null) {
      buffer.release();
    }
  }
}
