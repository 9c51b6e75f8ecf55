package dev.sampo.gradient;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.exceptions.AeronException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.NoOpLock;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the way to a peer, anew for each stream: shared memory if the peer's media driver is on
 * this machine and alive, else the network. Belongs to the agent thread.
 */
final class Links {
  private static final Logger LOG = System.getLogger(Links.class.getName());

  private final PlaneSettings settings;
  private final Aeron own;
  private final ErrorHandler faults;

  Links(PlaneSettings settings, Aeron own, ErrorHandler faults) {
    this.settings = settings;
    this.own = own;
    this.faults = faults;
  }

  Link open(Peer peer) {
    Link near = settings.streams().fastest() == Route.SHARED_MEMORY ? withinMachine(peer) : null;
    return near != null ? near : overNetwork(peer);
  }

  Link overNetwork(Peer peer) {
    return new Link.Network(
        own,
        Channels.towards(
            peer, settings.mtuTowards(peer.host()), settings.streams().termLengthBytes()));
  }

  private @Nullable Link withinMachine(Peer peer) {
    Path folder = DriverFolder.find(settings, peer);
    long timeoutMs = settings.timings().liveness().toMillis();
    if (folder == null
        || !CommonContext.isDriverActive(folder.toFile(), timeoutMs, ignored -> {})) {
      return null;
    }
    try {
      Aeron client =
          Aeron.connect(
              new Aeron.Context()
                  .aeronDirectoryName(folder.toString())
                  .useConductorAgentInvoker(true)
                  .clientLock(NoOpLock.INSTANCE)
                  .driverTimeoutMs(timeoutMs)
                  .errorHandler(faults)
                  .subscriberErrorHandler(faults));
      return new Link.SharedMemory(
          client,
          Channels.withinMachine(settings.streams().termLengthBytes()),
          Channels.sharedMemoryStreamId(peer.incarnation()));
    } catch (AeronException e) {
      LOG.log(
          Level.INFO,
          "the peer is on this machine, but its driver cannot be joined; going over the network: peer={0}, reason={1}",
          peer,
          e.getMessage());
      return null;
    }
  }
}
