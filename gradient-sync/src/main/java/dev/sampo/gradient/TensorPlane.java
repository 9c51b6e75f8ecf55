package dev.sampo.gradient;

import io.aeron.Aeron;
import io.aeron.Subscription;
import io.aeron.exceptions.AeronException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.NoOpLock;

/**
 * One node's tensor plane: takes transfers to peers and to the node itself, and gives arriving ones
 * to the {@link TensorSink}. See the package's description for guarantees and threads.
 */
public final class TensorPlane implements AutoCloseable {
  private static final long BIND_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);

  private final PlaneSettings settings;
  private final PlaneCounters counters;
  private final EmbeddedDriver driver;
  private final Aeron aeron;
  private final PeerDirectory peers;
  private final AgentRunner runner;
  private final Thread agentThread;
  private final int port;

  private TensorPlane(
      PlaneSettings settings,
      TensorSink sink,
      PlaneCounters counters,
      EmbeddedDriver driver,
      FaultLog faults) {
    this.settings = settings;
    this.counters = counters;
    this.driver = driver;
    this.aeron = connectClient(driver, faults);
    try {
      this.peers =
          new PeerDirectory(
              settings,
              new LocalOutbound(settings, sink, counters),
              peer -> new RemoteOutbound(peer, settings, aeron, counters));
      Receiver receiver =
          new Receiver(
              new Inbound.Gate(
                  sink,
                  counters,
                  settings.incarnation(),
                  settings.maxTransferBytes(),
                  peers::isReplaced));
      Subscription subscription = listen(aeron, settings, receiver);
      this.port = boundPort(aeron, settings, subscription);
      PlaneAgent agent = new PlaneAgent(settings.name(), aeron, subscription, receiver, peers);
      this.runner = new AgentRunner(new RestingIdleStrategy(), faults, null, agent);
      this.agentThread = AgentRunner.startOnThread(runner, EmbeddedDriver::daemon);
    } catch (RuntimeException e) {
      aeron.close();
      throw e;
    }
  }

  /**
   * Starts the media driver and listens.
   *
   * @throws PlaneException if the address cannot be bound or there is no room for the streams
   */
  public static TensorPlane open(PlaneSettings settings, TensorSink sink) {
    checkAddress(settings);
    PlaneCounters counters = new PlaneCounters();
    FaultLog faults = new FaultLog(settings.name(), counters);
    EmbeddedDriver driver = EmbeddedDriver.launch(settings, faults);
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
        || header.lengthBytes() > settings.maxTransferBytes()
        || !payload.isAccessibleBy(agentThread)) {
      throw new IllegalArgumentException(
          "a payload holds its transfer and can be read by the agent thread: payloadBytes=%d, maxTransferBytes=%d, transfer=%s"
              .formatted(payload.byteSize(), settings.maxTransferBytes(), header));
    }
  }

  /**
   * The agent thread does the client's own work too: one thread less, and its callbacks come where
   * the state is. Hence also no lock.
   */
  private static Aeron connectClient(EmbeddedDriver driver, FaultLog faults) {
    return Aeron.connect(
        new Aeron.Context()
            .aeronDirectoryName(driver.folder())
            .useConductorAgentInvoker(true)
            .clientLock(NoOpLock.INSTANCE)
            .driverTimeoutMs(EmbeddedDriver.SAME_PROCESS_TIMEOUT_MS)
            .errorHandler(faults)
            .subscriberErrorHandler(faults));
  }

  private static Subscription listen(Aeron aeron, PlaneSettings settings, Receiver receiver) {
    try {
      return aeron.addSubscription(
          Channels.listening(settings.host(), settings.port()),
          Channels.STREAM_ID,
          image -> {},
          receiver::onStreamEnded);
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

  /** Binds once before the driver does, because the system's own words are clearer than Aeron's. */
  private static void checkAddress(PlaneSettings settings) {
    InetSocketAddress address = new InetSocketAddress(settings.host(), settings.port());
    if (address.isUnresolved()) {
      throw cannotBind(settings, new IOException("unknown host"));
    }
    StandardProtocolFamily family =
        address.getAddress() instanceof java.net.Inet6Address
            ? StandardProtocolFamily.INET6
            : StandardProtocolFamily.INET;
    try (DatagramChannel probe = DatagramChannel.open(family)) {
      probe.bind(address);
    } catch (IOException e) {
      throw cannotBind(settings, e);
    }
  }

  private static PlaneException cannotBind(PlaneSettings settings, Exception reason) {
    return new PlaneException(
        "could not bind the data plane: address=%s:%d, reason=%s; hint: choose another data-plane port, stop the other node, or name an address of this machine"
            .formatted(settings.host(), settings.port(), reason.getMessage()),
        reason);
  }
}
