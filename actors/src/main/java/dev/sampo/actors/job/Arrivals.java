package dev.sampo.actors.job;

import dev.sampo.actors.post.CopyNotice;
import dev.sampo.parameter.CopyBlocks;
import dev.sampo.protocol.shard.Replica;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Blocks of a copy on their way to one replica: the bytes and the notice of each, either of which
 * may come first. Belongs to the replica's actor.
 */
final class Arrivals {
  private record Bytes(MemorySegment place, MemorySegment block) {}

  private final Replica replica;
  private final CopyBlocks blocks;
  private final ReplicaLanding landing;
  private final Map<ArrivingBlock, CopyNotice> notices = new HashMap<>();
  private final Map<ArrivingBlock, Bytes> bytes = new HashMap<>();

  /** What was here when the clock ticked last; its other half was lost if it still is. */
  private final Set<ArrivingBlock> old = new HashSet<>();

  private boolean awaited;

  Arrivals(Replica replica, CopyBlocks blocks, ReplicaLanding landing) {
    this.replica = replica;
    this.blocks = blocks;
    this.landing = landing;
  }

  /** A block was asked for. */
  void await() {
    if (!awaited) {
      awaited = true;
      landing.awaitBlocks(blocks.staging());
    }
  }

  void onNotice(CopyNotice notice) {
    ArrivingBlock which = ArrivingBlock.of(notice);
    notices.put(which, notice);
    takeIfWhole(which);
  }

  void onBytes(ReplicaActor.BlockArrived arrived) {
    Bytes before = bytes.put(arrived.which(), new Bytes(arrived.place(), arrived.block()));
    if (before != null) {
      landing.release(before.place);
    }
    takeIfWhole(arrived.which());
  }

  private void takeIfWhole(ArrivingBlock which) {
    CopyNotice notice = notices.get(which);
    Bytes here = bytes.get(which);
    if (notice != null && here != null) {
      blocks.stage(here.block);
      replica.onBlock(notice.fence(), notice.block(), notice.record());
      forget(which);
    }
  }

  /** Halves whose other half does not come do not keep their places. */
  void onTick() {
    Set<ArrivingBlock> lost = new HashSet<>(old);
    old.clear();
    old.addAll(notices.keySet());
    old.addAll(bytes.keySet());
    lost.retainAll(old);
    lost.stream().filter(bytes::containsKey).toList().forEach(this::forget);
  }

  private void forget(ArrivingBlock which) {
    notices.remove(which);
    Bytes here = bytes.remove(which);
    if (here != null) {
      landing.release(here.place);
    }
  }
}
