package dev.sampo.gradient;

import dev.sampo.gradient.frame.ChecksumScope;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Takes what arrives over one of the node's two ways in, and gives it to the state of its stream.
 * Belongs to the agent thread.
 */
final class Receiver implements FragmentHandler {
  private final Inbound.Gate gate;
  private final ChecksumScope weakest;
  private final Int2ObjectHashMap<Inbound> bySession = new Int2ObjectHashMap<>();
  private long nowNs;
  private int chunks;

  Receiver(Inbound.Gate gate, ChecksumScope weakest) {
    this.gate = gate;
    this.weakest = weakest;
  }

  /** Polls once. Returns how many chunks came; beats do not count, as they come for ever. */
  int poll(Subscription subscription, int limit, long now) {
    nowNs = now;
    chunks = 0;
    subscription.poll(this, limit);
    return chunks;
  }

  @Override
  public void onFragment(DirectBuffer buffer, int offset, int length, Header header) {
    Inbound stream = bySession.get(header.sessionId());
    if (stream == null) {
      stream = new Inbound(gate, weakest);
      bySession.put(header.sessionId(), stream);
    }
    if ((header.flags() & FrameDescriptor.UNFRAGMENTED) == FrameDescriptor.UNFRAGMENTED) {
      chunks += stream.onFrame(buffer, offset, length, nowNs) ? 1 : 0;
    } else {
      // Ours are never cut up, so half a message is nobody's we know.
      stream.onDamagedFrame();
    }
  }

  /** The sender is gone or has been silent for too long. */
  void onStreamEnded(Image image) {
    Inbound ended = bySession.remove(image.sessionId());
    if (ended != null) {
      ended.abandon();
    }
  }

  void abandonFrom(long incarnation) {
    bySession.values().forEach(stream -> stream.abandonFrom(incarnation));
  }

  /** A sender that died in shared memory leaves a stream that ends only much later. */
  void abandonSilent(long now, long longestNs) {
    bySession.values().forEach(stream -> stream.abandonIfSilent(now, longestNs));
  }

  void abandonAll() {
    bySession.values().forEach(Inbound::abandon);
    bySession.clear();
  }
}
