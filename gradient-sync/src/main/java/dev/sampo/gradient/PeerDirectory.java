package dev.sampo.gradient;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who the peers are: changed by any thread, read by senders by incarnation and by the agent thread
 * in turn. A peer that goes stays in the agent's list until the agent has closed its stream.
 */
final class PeerDirectory {
  private static final Logger LOG = System.getLogger(PeerDirectory.class.getName());

  /**
   * How many replaced incarnations are remembered; frames of older ones are long out of the
   * network.
   */
  private static final int MAX_REPLACED = 4_096;

  private final long ownIncarnation;
  private final int maxPeers;
  private final LocalOutbound local;
  private final Function<Peer, RemoteOutbound> opener;
  private final Object lock = new Object();
  private final Map<Long, RemoteOutbound> byIncarnation = new ConcurrentHashMap<>();
  private final Set<Long> replaced = ConcurrentHashMap.newKeySet();
  private final Queue<Long> replacedInOrder = new ArrayDeque<>();
  private volatile RemoteOutbound[] all = {};
  private boolean closed;

  PeerDirectory(
      PlaneSettings settings, LocalOutbound local, Function<Peer, RemoteOutbound> opener) {
    this.ownIncarnation = settings.incarnation();
    this.maxPeers = settings.limits().maxPeers();
    this.local = local;
    this.opener = opener;
  }

  /** The way to this incarnation, the node's own included; null if it is not connected. */
  @Nullable Outbound find(long incarnation) {
    return incarnation == ownIncarnation ? local : byIncarnation.get(incarnation);
  }

  /** The peers that are connected. */
  List<Peer> named() {
    return byIncarnation.values().stream().map(RemoteOutbound::peer).toList();
  }

  /** Of a peer that is connected; null for others, the node itself too. */
  @Nullable RemoteOutbound remote(long incarnation) {
    return byIncarnation.get(incarnation);
  }

  /** What is heard of a connected peer. */
  @Nullable Pulse pulse(long incarnation) {
    RemoteOutbound known = byIncarnation.get(incarnation);
    return known == null ? null : known.pulse();
  }

  LocalOutbound local() {
    return local;
  }

  boolean isReplaced(long incarnation) {
    return replaced.contains(incarnation);
  }

  /** For the agent thread; not to be changed. */
  RemoteOutbound[] all() {
    return all;
  }

  void connect(Peer peer) {
    if (peer.incarnation() == ownIncarnation) {
      return;
    }
    synchronized (lock) {
      RemoteOutbound known = byIncarnation.get(peer.incarnation());
      if (closed || (known != null && known.peer().equals(peer))) {
        return;
      }
      if (replaced.contains(peer.incarnation())) {
        LOG.log(Level.INFO, "a replaced incarnation stays replaced: peer={0}", peer);
        return;
      }
      for (RemoteOutbound other : byIncarnation.values().toArray(RemoteOutbound[]::new)) {
        if (other.peer().name().equals(peer.name()) || other.peer().listensWhere(peer)) {
          remove(other);
          if (other.peer().incarnation() != peer.incarnation()) {
            remember(other.peer().incarnation());
          }
        }
      }
      if (byIncarnation.size() >= maxPeers) {
        throw new IllegalStateException(
            "a plane has room for a set number of peers: maxPeers=%d, peer=%s; hint: raise maxPeers, or disconnect peers that have left"
                .formatted(maxPeers, peer));
      }
      RemoteOutbound opened = opener.apply(peer);
      RemoteOutbound[] next = Arrays.copyOf(all, all.length + 1);
      next[all.length] = opened;
      all = next;
      byIncarnation.put(peer.incarnation(), opened);
    }
  }

  void disconnect(long incarnation) {
    synchronized (lock) {
      RemoteOutbound known = byIncarnation.get(incarnation);
      if (known != null) {
        remove(known);
      }
    }
  }

  /** The agent has closed this peer's stream. */
  void forget(RemoteOutbound peer) {
    synchronized (lock) {
      all = Arrays.stream(all).filter(other -> other != peer).toArray(RemoteOutbound[]::new);
    }
  }

  /** Takes no peers from now on. */
  void close() {
    synchronized (lock) {
      closed = true;
      byIncarnation.clear();
    }
  }

  private void remove(RemoteOutbound peer) {
    byIncarnation.remove(peer.peer().incarnation());
    peer.retire(SendOutcome.DISCONNECTED);
  }

  private void remember(long incarnation) {
    if (replaced.add(incarnation)) {
      replacedInOrder.add(incarnation);
    }
    if (replacedInOrder.size() > MAX_REPLACED) {
      replaced.remove(replacedInOrder.remove());
    }
  }
}
