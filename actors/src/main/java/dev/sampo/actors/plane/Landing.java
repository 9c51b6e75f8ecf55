package dev.sampo.actors.plane;

import dev.sampo.gradient.TransferHeader;
import dev.sampo.protocol.Member;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Where transfers for one shard's replica, or for one job's mirror, land. On the agent thread. */
public interface Landing {
  /** Memory for the transfer, or null to refuse it: its sender will ask or send again. */
  @Nullable MemorySegment begin(TransferHeader header, Member from);

  void completed(TransferHeader header, Member from, MemorySegment destination);

  void abandoned(TransferHeader header, MemorySegment destination);
}
