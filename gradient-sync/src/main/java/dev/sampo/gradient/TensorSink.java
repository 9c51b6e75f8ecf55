package dev.sampo.gradient;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where arriving transfers go. All methods run on the plane's agent thread: they must be short, and
 * hand real work to another thread. What they throw ends that one transfer, is logged and counted.
 */
public interface TensorSink {

  /**
   * Called once for a transfer, before its first byte is written.
   *
   * @return memory of at least {@code header.lengthBytes()} bytes that the agent thread may write,
   *     and that nobody else touches until {@link #completed} or {@link #abandoned}; null to refuse
   *     the transfer, which is counted
   */
  @Nullable MemorySegment begin(TransferHeader header, long senderIncarnation);

  /** All bytes have arrived; the destination is the sink's again. */
  void completed(TransferHeader header, long senderIncarnation, MemorySegment destination);

  /**
   * The transfer broke off, and nothing more will be written. The destination is the sink's again
   * and holds rubbish.
   */
  void abandoned(TransferHeader header, long senderIncarnation, MemorySegment destination);
}
