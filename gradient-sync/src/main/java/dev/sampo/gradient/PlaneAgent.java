package dev.sampo.gradient;

import io.aeron.Aeron;
import io.aeron.Subscription;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentTerminationException;

/**
 * The plane's one thread: Aeron's own client work, receiving, copying within the node, sending to
 * each peer in turn. Nothing in a round waits.
 */
final class PlaneAgent implements Agent {
  /** Few, for the same reasons as a sender's chunks. */
  private static final int FRAMES_PER_ROUND = 8;

  /** How often streams are looked at that may have fallen silent. */
  private static final long SWEEP_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

  /** One way in, and who takes what comes over it. */
  record Entrance(Subscription subscription, Receiver receiver) {}

  private final String name;
  private final long livenessNs;
  private final Aeron aeron;
  private final NodeDriver driver;
  private final AgentInvoker client;
  private final Entrance network;
  private final Entrance sharedMemory;
  private final PeerDirectory peers;
  private long sweptNs;
  private boolean busy;

  PlaneAgent(
      PlaneSettings settings,
      NodeDriver driver,
      Aeron aeron,
      List<Entrance> entrances,
      PeerDirectory peers) {
    this.name = "sampo-tensor-plane-" + settings.name();
    this.livenessNs = settings.timings().liveness().toNanos();
    this.driver = driver;
    this.aeron = aeron;
    this.client = aeron.conductorAgentInvoker();
    this.network = entrances.get(0);
    this.sharedMemory = entrances.get(1);
    this.peers = peers;
    this.sweptNs = System.nanoTime();
  }

  @Override
  public int doWork() {
    if (aeron.isClosed()) {
      // Only a fault in Aeron, or the end of an external driver, brings this about. Ends every
      // transfer, in onClose.
      throw new AgentTerminationException("the tensor plane lost its media driver: agent=" + name);
    }
    long nowNs = System.nanoTime();
    int work = client.invoke();
    work += network.receiver.poll(network.subscription, FRAMES_PER_ROUND, nowNs);
    work += sharedMemory.receiver.poll(sharedMemory.subscription, FRAMES_PER_ROUND, nowNs);
    work += peers.local().doWork(nowNs);
    for (RemoteOutbound peer : peers.all()) {
      SendOutcome outcome = peer.retiredWith();
      if (outcome == null) {
        work += peer.doWork(nowNs);
      } else {
        abandonFrom(peer.peer().incarnation());
        peers.forget(peer);
        peer.close(outcome);
      }
    }
    sweep(nowNs);
    wakeDriver(work > 0);
    return work;
  }

  private void sweep(long nowNs) {
    if (nowNs - sweptNs >= SWEEP_INTERVAL_NS) {
      // After a stop of this process nobody else is to blame for the silence.
      long stoppedNs = nowNs - sweptNs - SWEEP_INTERVAL_NS;
      sweptNs = nowNs;
      network.receiver.abandonSilent(nowNs, livenessNs + stoppedNs);
      sharedMemory.receiver.abandonSilent(nowNs, livenessNs + stoppedNs);
    }
  }

  /** The driver moves the limits of streams in shared memory, and sends what we have written. */
  private void wakeDriver(boolean working) {
    if (working && !busy) {
      driver.wake();
    }
    busy = working;
  }

  private void abandonFrom(long incarnation) {
    network.receiver.abandonFrom(incarnation);
    sharedMemory.receiver.abandonFrom(incarnation);
  }

  @Override
  public void onClose() {
    peers.close();
    for (RemoteOutbound peer : peers.all()) {
      peer.close(SendOutcome.CLOSED);
    }
    peers.local().close(SendOutcome.CLOSED);
    network.receiver.abandonAll();
    sharedMemory.receiver.abandonAll();
  }

  @Override
  public String roleName() {
    return name;
  }
}
