package dev.sampo.gradient;

import io.aeron.Aeron;
import io.aeron.Subscription;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentTerminationException;

/**
 * The plane's one thread: Aeron's own client work, receiving, copying within the node, sending to
 * each peer in turn. Nothing in a round waits.
 */
final class PlaneAgent implements Agent {
  private static final int FRAMES_PER_ROUND = 32;

  private final String name;
  private final Aeron aeron;
  private final AgentInvoker client;
  private final Subscription subscription;
  private final Receiver receiver;
  private final PeerDirectory peers;

  PlaneAgent(
      String node, Aeron aeron, Subscription subscription, Receiver receiver, PeerDirectory peers) {
    this.name = "sampo-tensor-plane-" + node;
    this.aeron = aeron;
    this.client = aeron.conductorAgentInvoker();
    this.subscription = subscription;
    this.receiver = receiver;
    this.peers = peers;
  }

  @Override
  public int doWork() {
    if (aeron.isClosed()) {
      // Only a stop of an hour or a fault in Aeron brings this about. Ends every transfer, in
      // onClose.
      throw new AgentTerminationException("the tensor plane lost its media driver: agent=" + name);
    }
    long nowNs = System.nanoTime();
    int work = client.invoke();
    work += subscription.poll(receiver, FRAMES_PER_ROUND);
    work += peers.local().doWork(nowNs);
    for (RemoteOutbound peer : peers.all()) {
      SendOutcome outcome = peer.retiredWith();
      if (outcome == null) {
        work += peer.doWork(nowNs);
      } else {
        receiver.abandonFrom(peer.peer().incarnation());
        peers.forget(peer);
        peer.close(outcome);
      }
    }
    return work;
  }

  @Override
  public void onClose() {
    peers.close();
    for (RemoteOutbound peer : peers.all()) {
      peer.close(SendOutcome.CLOSED);
    }
    peers.local().close(SendOutcome.CLOSED);
    receiver.abandonAll();
  }

  @Override
  public String roleName() {
    return name;
  }
}
