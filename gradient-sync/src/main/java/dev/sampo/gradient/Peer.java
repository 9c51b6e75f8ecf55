package dev.sampo.gradient;

/**
 * One life of one node, and where its tensor plane listens.
 *
 * @param name the node's name, unique in the cluster
 * @param incarnation number of this life, never used again by any node
 * @param host name or address
 * @param port UDP port of the data plane
 */
public record Peer(String name, long incarnation, String host, int port) {

  public Peer {
    NodeNames.check(name);
    if (host.isBlank() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException(
          "a peer needs a host and a port from 1 to 65535: name=%s, host=%s, port=%d"
              .formatted(name, host, port));
    }
  }

  boolean listensWhere(Peer other) {
    return port == other.port && host.equals(other.host);
  }
}
