package dev.sampo.gradient;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import jdk.net.ExtendedSocketOptions;

/**
 * Finds the largest datagram that a path takes whole: sends some that routers must not cut up, and
 * hears from the system which are too long, at once for the own link, and by ICMP for those behind
 * it (RFC 1191). The peer's media driver drops them as no frames of its.
 */
final class PathMtu {
  private static final int LEAST_BYTES = 512;
  private static final int STEP_BYTES = 32;

  /** Sent so often, and so far apart: a router's word takes a round trip to come. */
  private static final int TRIES = 3;

  private static final long BETWEEN_NS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final byte NO_FRAME = (byte) 0xff;

  private PathMtu() {}

  /** In bytes of payload, a multiple of 32; 0 if not even the smallest gets out. */
  static int measure(String host, int port) {
    try (DatagramChannel channel = DatagramChannel.open()) {
      if (!channel.supportedOptions().contains(ExtendedSocketOptions.IP_DONTFRAGMENT)) {
        return notMeasured(host, "this system cannot forbid that datagrams are cut up");
      }
      channel.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, true);
      channel.connect(new InetSocketAddress(host, port));
      return largest(bytes -> fits(channel, bytes));
    } catch (IOException e) {
      return notMeasured(host, e.toString());
    }
  }

  private static int notMeasured(String host, String reason) {
    System.getLogger(PathMtu.class.getName())
        .log(
            System.Logger.Level.WARNING,
            "the path''s MTU could not be measured: host={0}, reason={1}",
            host,
            reason);
    return 0;
  }

  /** The largest multiple of 32 that fits, up to the largest datagram. */
  static int largest(IntPredicate fits) {
    int most = PlaneSettings.LOOPBACK_MTU_BYTES;
    if (fits.test(most)) {
      return most;
    }
    int low = 0;
    int high = most / STEP_BYTES;
    while (high - low > 1) {
      int middle = (low + high) / 2;
      if (middle * STEP_BYTES < LEAST_BYTES || fits.test(middle * STEP_BYTES)) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return fits.test(low * STEP_BYTES) ? low * STEP_BYTES : 0;
  }

  private static boolean fits(DatagramChannel channel, int bytes) {
    ByteBuffer datagram = ByteBuffer.allocateDirect(bytes);
    for (int n = 0; n < bytes; n++) {
      datagram.put(n, NO_FRAME);
    }
    try {
      for (int attempt = 0; attempt < TRIES; attempt++) {
        datagram.clear();
        channel.write(datagram);
        LockSupport.parkNanos(BETWEEN_NS);
      }
      return true;
    } catch (IOException e) {
      // Too long, or nobody listens: either way it is no size to send.
      return false;
    }
  }
}
