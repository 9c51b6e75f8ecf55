package dev.sampo.gradient;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;

/** What the system grants as a socket's buffer. */
final class SocketBuffers {
  private SocketBuffers() {}

  /** The system cuts what is asked for to its own limit (net.core.rmem_max) without a word. */
  static int grantedReceiveBytes(int wantedBytes) {
    try (DatagramChannel probe = DatagramChannel.open()) {
      probe.setOption(StandardSocketOptions.SO_RCVBUF, wantedBytes);
      return Math.min(wantedBytes, probe.getOption(StandardSocketOptions.SO_RCVBUF));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
