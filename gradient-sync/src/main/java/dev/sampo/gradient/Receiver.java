package dev.sampo.gradient;

import io.aeron.Image;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;

/** Takes what arrives and gives it to the state of its stream. Belongs to the agent thread. */
final class Receiver implements FragmentHandler {
  private final Inbound.Gate gate;
  private final Int2ObjectHashMap<Inbound> bySession = new Int2ObjectHashMap<>();

  Receiver(Inbound.Gate gate) {
    this.gate = gate;
  }

  @Override
  public void onFragment(DirectBuffer buffer, int offset, int length, Header header) {
    int session = header.sessionId();
    Inbound stream = bySession.get(session);
    if (stream == null) {
      stream = new Inbound(gate);
      bySession.put(session, stream);
    }
    if ((header.flags() & FrameDescriptor.UNFRAGMENTED) == FrameDescriptor.UNFRAGMENTED) {
      stream.onFrame(buffer, offset, length);
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

  void abandonAll() {
    bySession.values().forEach(Inbound::abandon);
    bySession.clear();
  }
}
