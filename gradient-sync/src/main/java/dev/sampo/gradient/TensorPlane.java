package dev.sampo.gradient;

import dev.sampo.gradient.frame.ChecksumScope;
import io.aeron.Aeron;
import io.aeron.Subscription;
import io.aeron.exceptions.AeronException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentRunner;

/**
 * One node's tensor plane: takes transfers to peers and to the node itself, and gives arriving ones
 * to the {@link TensorSink}. See the package's description for guarantees and threads.
 */
public final class TensorPlane implements AutoCloseable {
  private static final long BIND_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);

  private final PlaneSettings settings;
  private final PlaneCounters counters;
  private final NodeDriver driver;
  private final Aeron aeron;
  private final PeerDirectory peers;
  private final ProbeDesk probes;
  private final AgentRunner runner;
  private final Thread agentThread;
  private final int port;

  private TensorPlane(
      PlaneSettings settings,
      TensorSink sink,
      PlaneCounters counters,
      NodeDriver driver,
      FaultLog faults) {
    this.settings = settings;
    this.counters = counters;
    this.driver = driver;
    this.aeron = driver.connect(faults);
    try {
      Links links = new Links(settings, aeron, faults);
      this.probes = new ProbeDesk(sink, this::send);
      this.peers =
          new PeerDirectory(
              settings,
              new LocalOutbound(settings, probes, counters),
              peer -> new RemoteOutbound(peer, settings, links, counters));
      Inbound.Gate gate =
          new Inbound.Gate(
              probes,
              counters,
              settings.incarnation(),
              settings.limits().maxTransferBytes(),
              peers::isReplaced,
              peers::pulse);
      PlaneAgent.Entrance network =
          listen(
              Channels.listening(settings.host(), settings.port()),
              Channels.NETWORK_STREAM_ID,
              new Receiver(gate, ChecksumScope.FRAME));
      PlaneAgent.Entrance sharedMemory =
          listen(
              Channels.SHARED_MEMORY_LISTENING,
              Channels.sharedMemoryStreamId(settings.incarnation()),
              new Receiver(gate, ChecksumScope.HEADER));
      this.port = boundPort(aeron, settings, network.subscription());
      PlaneAgent agent =
          new PlaneAgent(settings, driver, aeron, List.of(network, sharedMemory), peers);
      this.runner = new AgentRunner(new RestingIdleStrategy(), faults, null, agent);
      this.agentThread = AgentRunner.startOnThread(runner, NodeDriver::daemon);
    } catch (RuntimeException e) {
      aeron.close();
      throw e;
    }
  }

  /**
   * Finds or starts the media driver, and listens.
   *
   * @throws PlaneException if the {@link Preflight} refuses this machine, or the driver fails
   */
  public static TensorPlane open(PlaneSettings settings, TensorSink sink) {
    Preflight.check(settings);
    PlaneCounters counters = new PlaneCounters();
    FaultLog faults = new FaultLog(settings.name(), counters);
    NodeDriver driver = NodeDriver.open(settings, faults);
    try {
      return new TensorPlane(settings, sink, counters, driver, faults);
    } catch (RuntimeException e) {
      driver.close();
      throw e;
    }
  }

  /** The UDP port that is bound: the one asked for, or the free one taken for 0. */
  public int port() {
    return port;
  }

  /**
   * Names a peer to send to. Does nothing for one that is known. An incarnation known under the
   * same name or address is replaced by it: its transfers end, in both directions, and frames that
   * it may still send are refused from now on.
   *
   * @throws IllegalStateException if there are {@code maxPeers} already
   */
  public void connect(Peer peer) {
    peers.connect(peer);
    LockSupport.unpark(agentThread);
  }

  /** Ends all transfers with this incarnation, in both directions. It may be connected again. */
  public void disconnect(long incarnation) {
    peers.disconnect(incarnation);
    LockSupport.unpark(agentThread);
  }

  /**
   * Queues a transfer; to the own incarnation it is a copy within this node.
   *
   * @param payload the bytes, at least {@code header.lengthBytes()} of them, in memory that any
   *     thread may read. Nobody changes it and its arena stays open until {@code done} runs
   * @param done runs once on the agent thread if, and only if, the answer is {@link Offer#ACCEPTED}
   */
  public Offer send(
      long toIncarnation,
      TransferHeader header,
      MemorySegment payload,
      Consumer<SendOutcome> done) {
    checkTransfer(header, payload);
    Outbound way = peers.find(toIncarnation);
    if (way == null) {
      return Offer.NOT_CONNECTED;
    }
    Offer offer = way.offer(new TransferQueue.Queued(header, payload, done, System.nanoTime()));
    if (offer == Offer.BACK_PRESSURED) {
      counters.backPressured.increment();
    } else if (offer == Offer.ACCEPTED) {
      LockSupport.unpark(agentThread);
    }
    return offer;
  }

  /** Those that are connected, as they were named. */
  public List<Peer> peers() {
    return peers.named();
  }

  /** What is known of the way to a connected peer; empty if it is not connected. */
  public Optional<PeerPulse> pulse(long incarnation) {
    RemoteOutbound peer = peers.remote(incarnation);
    return peer == null
        ? Optional.empty()
        : Optional.of(PeerPulse.of(peer.pulse(), peer.route(), System.nanoTime()));
  }

  /**
   * Measures how long a transfer to a connected peer takes, in the background lane, until the peer
   * has said that it is there.
   *
   * @return nanoseconds; never completes if the peer is lost on the way
   */
  public CompletableFuture<Long> probe(long toIncarnation, int bytes) {
    return probes.probe(toIncarnation, bytes);
  }

  public PlaneStats stats() {
    return counters.snapshot();
  }

  /**
   * Ends all transfers as {@link SendOutcome#CLOSED} or abandoned, and leaves no thread and no
   * file.
   *
   * @throws IllegalStateException on the agent thread, that is, within a callback
   */
  @Override
  public void close() {
    if (Thread.currentThread() == agentThread) {
      throw new IllegalStateException(
          "a plane is not closed by its own callbacks: node=" + settings.name());
    }
    CloseHelper.closeAll(runner, aeron, driver);
  }

  private void checkTransfer(TransferHeader header, MemorySegment payload) {
    if (header.lengthBytes() > payload.byteSize()
        || header.lengthBytes() > settings.limits().maxTransferBytes()
        || !payload.isAccessibleBy(agentThread)) {
      throw new IllegalArgumentException(
          "a payload holds its transfer and can be read by the agent thread: payloadBytes=%d, maxTransferBytes=%d, transfer=%s"
              .formatted(payload.byteSize(), settings.limits().maxTransferBytes(), header));
    }
  }

  private PlaneAgent.Entrance listen(String channel, int streamId, Receiver receiver) {
    try {
      return new PlaneAgent.Entrance(
          aeron.addSubscription(channel, streamId, image -> {}, receiver::onStreamEnded), receiver);
    } catch (AeronException e) {
      throw cannotBind(settings, e);
    }
  }

  private static int boundPort(Aeron aeron, PlaneSettings settings, Subscription subscription) {
    long deadlineNs = System.nanoTime() + BIND_TIMEOUT_NS;
    String bound = subscription.resolvedEndpoint();
    while (bound == null) {
      if (System.nanoTime() - deadlineNs > 0) {
        throw cannotBind(settings, new IOException("the media driver does not answer"));
      }
      aeron.conductorAgentInvoker().invoke();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      bound = subscription.resolvedEndpoint();
    }
    return Integer.parseInt(bound.substring(bound.lastIndexOf(':') + 1));
  }

  private static PlaneException cannotBind(PlaneSettings settings, Exception reason) {
    return new PlaneException(
        Preflight.cannotBind(settings, String.valueOf(reason.getMessage())).message(), reason);
  }
}
