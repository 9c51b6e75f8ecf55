package dev.sampo.gradient;

import dev.sampo.gradient.frame.ChecksumScope;
import io.aeron.Aeron;

/**
 * A way to one peer: over the network by this node's own media driver, or into the memory of the
 * peer's. Belongs to the agent thread.
 */
sealed interface Link extends AutoCloseable {

  Aeron aeron();

  String channel();

  int streamId();

  Route route();

  /** The client work that nobody else does. */
  int doWork();

  @Override
  void close();

  /** Memory that two processes share needs no checksum over its payload; a network does. */
  default ChecksumScope checksumScope() {
    return switch (route()) {
      case SHARED_MEMORY -> ChecksumScope.HEADER;
      case NETWORK -> ChecksumScope.FRAME;
    };
  }

  /** By the driver that the node has anyway. */
  record Network(Aeron aeron, String channel) implements Link {
    @Override
    public int streamId() {
      return Channels.NETWORK_STREAM_ID;
    }

    @Override
    public Route route() {
      return Route.NETWORK;
    }

    @Override
    public int doWork() {
      return 0;
    }

    @Override
    public void close() {
      // The client is the plane's own.
    }
  }

  /** By a client of the peer's driver, which lives as long as the link. */
  record SharedMemory(Aeron aeron, String channel, int streamId) implements Link {
    @Override
    public Route route() {
      return Route.SHARED_MEMORY;
    }

    @Override
    public int doWork() {
      return aeron.conductorAgentInvoker().invoke();
    }

    @Override
    public void close() {
      aeron.close();
    }
  }
}
