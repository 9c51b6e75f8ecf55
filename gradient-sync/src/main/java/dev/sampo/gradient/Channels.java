package dev.sampo.gradient;

/** The names of Aeron's channels and streams, in one place. */
final class Channels {
  /** The stream of tensors over the network: a port belongs to one node. */
  static final int NETWORK_STREAM_ID = 1;

  static final String SHARED_MEMORY_LISTENING = "aeron:ipc";

  private Channels() {}

  static String listening(String host, int port) {
    return "aeron:udp?endpoint=" + endpoint(host, port);
  }

  static String towards(Peer peer, int mtuBytes, int termLengthBytes) {
    return "aeron:udp?endpoint=%s|mtu=%d|term-length=%d"
        .formatted(endpoint(peer.host(), peer.port()), mtuBytes, termLengthBytes);
  }

  static String withinMachine(int termLengthBytes) {
    return "aeron:ipc?mtu=%d|term-length=%d"
        .formatted(PlaneSettings.LOOPBACK_MTU_BYTES, termLengthBytes);
  }

  /** Nodes may share a driver, so in its shared memory each life listens to a stream of its own. */
  static int sharedMemoryStreamId(long incarnation) {
    return Long.hashCode(incarnation);
  }

  private static String endpoint(String host, int port) {
    boolean bareIpv6 = host.indexOf(':') >= 0 && !host.startsWith("[");
    return (bareIpv6 ? "[" + host + "]" : host) + ":" + port;
  }
}
