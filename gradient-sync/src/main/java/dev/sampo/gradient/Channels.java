package dev.sampo.gradient;

/** The names of Aeron's channels and streams, in one place. */
final class Channels {
  /** The stream of tensors; others (beats, probes) may join it on the same port. */
  static final int STREAM_ID = 1;

  private Channels() {}

  static String listening(String host, int port) {
    return "aeron:udp?endpoint=" + endpoint(host, port);
  }

  static String towards(Peer peer, int mtuBytes, int termLengthBytes) {
    return "aeron:udp?endpoint=%s|mtu=%d|term-length=%d"
        .formatted(endpoint(peer.host(), peer.port()), mtuBytes, termLengthBytes);
  }

  private static String endpoint(String host, int port) {
    boolean bareIpv6 = host.indexOf(':') >= 0 && !host.startsWith("[");
    return (bareIpv6 ? "[" + host + "]" : host) + ":" + port;
  }
}
