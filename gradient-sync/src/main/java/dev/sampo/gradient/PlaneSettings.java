package dev.sampo.gradient;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a tensor plane is opened. Start from {@link #of} and change single values.
 *
 * @param name this node's name
 * @param incarnation number of this life of the node
 * @param host address to listen on, and by which peers reach it
 * @param port UDP port; 0 takes a free one, see {@link TensorPlane#port}
 */
public record PlaneSettings(
    String name,
    long incarnation,
    String host,
    int port,
    Streams streams,
    Limits limits,
    Timings timings,
    DriverPlace driver) {

  /** Largest UDP datagram that is a multiple of Aeron's frame alignment: right on loopback only. */
  public static final int LOOPBACK_MTU_BYTES = 65_504;

  /** With less than two datagrams under way, sender and receiver would take turns waiting. */
  static final int MIN_WINDOW_BYTES = 2 * LOOPBACK_MTU_BYTES;

  private static final int DEFAULT_MTU_BYTES = 8_192;
  private static final int DEFAULT_TERM_LENGTH_BYTES = 4 << 20;
  private static final int MIN_TERM_LENGTH_BYTES = 256 << 10;
  private static final int MAX_TERM_LENGTH_BYTES = 1 << 30;
  private static final int MIN_MTU_BYTES = 1_024;
  private static final int LEAST_BEATS_BEFORE_SILENCE = 2;

  /**
   * How bytes travel.
   *
   * @param mtuBytes largest datagram towards peers that are not on this machine; a multiple of 32.
   *     1408 passes everywhere, 8192 needs jumbo frames or lets IP cut it up
   * @param termLengthBytes a third of each stream's log, at both ends; a power of two of at least
   *     256 KiB. Caps what may be under way towards a peer
   * @param windowBytes how much a sender may be ahead of this receiver; cut to half a term and to
   *     what the system allows as a socket's receive buffer
   * @param fastest {@code NETWORK} keeps peers on this machine to UDP, for comparing
   */
  public record Streams(int mtuBytes, int termLengthBytes, int windowBytes, Route fastest) {
    public Streams {
      require(
          mtuBytes >= MIN_MTU_BYTES && mtuBytes <= LOOPBACK_MTU_BYTES && mtuBytes % 32 == 0,
          "the MTU is a multiple of 32 from 1024 to 65504: mtuBytes=" + mtuBytes);
      require(
          Integer.bitCount(termLengthBytes) == 1
              && termLengthBytes >= MIN_TERM_LENGTH_BYTES
              && termLengthBytes <= MAX_TERM_LENGTH_BYTES,
          "a term is a power of two from 256 KiB to 1 GiB: termLengthBytes=" + termLengthBytes);
      require(
          windowBytes >= MIN_WINDOW_BYTES,
          "the window holds two of the largest datagrams: windowBytes=%d, minWindowBytes=%d"
              .formatted(windowBytes, MIN_WINDOW_BYTES));
    }
  }

  /**
   * What is refused.
   *
   * @param maxQueuedTransfers transfers waiting in one lane to one peer before back-pressure
   * @param maxPeers peers at a time; room for their streams is checked at the start
   * @param maxTransferBytes longest transfer taken or sent
   */
  public record Limits(int maxQueuedTransfers, int maxPeers, long maxTransferBytes) {
    public Limits {
      require(
          maxQueuedTransfers > 0,
          "a queue holds something: maxQueuedTransfers=" + maxQueuedTransfers);
      require(maxPeers > 0, "a plane has peers: maxPeers=" + maxPeers);
      require(maxTransferBytes > 0, "a transfer has bytes: maxTransferBytes=" + maxTransferBytes);
    }
  }

  /**
   * When silence counts.
   *
   * @param liveness silence after which a stream counts as broken
   * @param beatInterval between two signs of life to each peer
   */
  public record Timings(Duration liveness, Duration beatInterval) {
    public Timings {
      require(
          liveness.compareTo(Duration.ofMillis(500)) >= 0
              && liveness.compareTo(Duration.ofMinutes(5)) <= 0,
          "liveness is from 500 ms to 5 min: liveness=" + liveness);
      require(
          beatInterval.compareTo(Duration.ofMillis(10)) >= 0
              && beatInterval.multipliedBy(LEAST_BEATS_BEFORE_SILENCE).compareTo(liveness) <= 0,
          "two beats fit into the liveness: beatInterval=%s, liveness=%s"
              .formatted(beatInterval, liveness));
    }
  }

  public PlaneSettings {
    NodeNames.check(name);
    require(!host.isBlank(), "the data plane needs an address to listen on: host=" + host);
    require(port >= 0 && port <= 65_535, "a port is from 0 to 65535: port=" + port);
  }

  /** Defaults for everything that is not the node's own name and address. */
  public static PlaneSettings of(String name, long incarnation, String host, int port) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        new Streams(
            DEFAULT_MTU_BYTES,
            DEFAULT_TERM_LENGTH_BYTES,
            DEFAULT_TERM_LENGTH_BYTES / 2,
            Route.SHARED_MEMORY),
        new Limits(64, 8, 2L << 30),
        new Timings(Duration.ofSeconds(5), Duration.ofMillis(200)),
        new DriverPlace.Embedded(null));
  }

  public PlaneSettings withPort(int value) {
    return new PlaneSettings(name, incarnation, host, value, streams, limits, timings, driver);
  }

  public PlaneSettings withMtuBytes(int value) {
    return with(new Streams(value, streams.termLengthBytes, streams.windowBytes, streams.fastest));
  }

  /** Also sets the window to its usual half of a term. */
  public PlaneSettings withTermLengthBytes(int value) {
    return with(new Streams(streams.mtuBytes, value, value / 2, streams.fastest));
  }

  public PlaneSettings withWindowBytes(int value) {
    return with(new Streams(streams.mtuBytes, streams.termLengthBytes, value, streams.fastest));
  }

  public PlaneSettings withFastest(Route value) {
    return with(new Streams(streams.mtuBytes, streams.termLengthBytes, streams.windowBytes, value));
  }

  public PlaneSettings withMaxQueuedTransfers(int value) {
    return with(new Limits(value, limits.maxPeers, limits.maxTransferBytes));
  }

  public PlaneSettings withMaxPeers(int value) {
    return with(new Limits(limits.maxQueuedTransfers, value, limits.maxTransferBytes));
  }

  public PlaneSettings withMaxTransferBytes(long value) {
    return with(new Limits(limits.maxQueuedTransfers, limits.maxPeers, value));
  }

  public PlaneSettings withLiveness(Duration value) {
    return with(new Timings(value, timings.beatInterval));
  }

  public PlaneSettings withBeatInterval(Duration value) {
    return with(new Timings(timings.liveness, value));
  }

  /** An embedded driver in this folder. */
  public PlaneSettings withDriverParent(Path value) {
    return withDriver(new DriverPlace.Embedded(value));
  }

  public PlaneSettings withDriver(DriverPlace value) {
    return new PlaneSettings(name, incarnation, host, port, streams, limits, timings, value);
  }

  private PlaneSettings with(Streams value) {
    return new PlaneSettings(name, incarnation, host, port, value, limits, timings, driver);
  }

  private PlaneSettings with(Limits value) {
    return new PlaneSettings(name, incarnation, host, port, streams, value, timings, driver);
  }

  private PlaneSettings with(Timings value) {
    return new PlaneSettings(name, incarnation, host, port, streams, limits, value, driver);
  }

  /** Peers on this machine are reached with the largest datagrams. */
  int mtuTowards(String peerHost) {
    return isLoopback(peerHost) ? LOOPBACK_MTU_BYTES : streams.mtuBytes;
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
