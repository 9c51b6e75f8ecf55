package dev.sampo.gradient;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a tensor plane is opened. Start from {@link #of} and change single values.
 *
 * @param name this node's name
 * @param incarnation number of this life of the node
 * @param host address to listen on, and by which peers reach it
 * @param port UDP port; 0 takes a free one, see {@link TensorPlane#port}
 * @param mtuBytes largest datagram towards peers that are not on this machine; a multiple of 32.
 *     1408 passes everywhere, 8192 needs jumbo frames or lets IP cut it up
 * @param termLengthBytes a third of each stream's log, at both ends; a power of two of at least 64
 *     KiB. Caps what may be under way towards a peer
 * @param windowBytes how much a sender may be ahead of this receiver; cut to half a term and to
 *     what the system allows as a socket's receive buffer
 * @param maxQueuedTransfers transfers waiting for one peer before back-pressure
 * @param maxPeers peers at a time; room for their streams is checked at the start
 * @param maxTransferBytes longest transfer taken or sent
 * @param liveness silence after which a stream counts as broken
 * @param driverParent folder in which the driver makes its own; null: shared memory if it has room,
 *     else the folder for temporary files
 */
public record PlaneSettings(
    String name,
    long incarnation,
    String host,
    int port,
    int mtuBytes,
    int termLengthBytes,
    int windowBytes,
    int maxQueuedTransfers,
    int maxPeers,
    long maxTransferBytes,
    Duration liveness,
    @Nullable Path driverParent) {

  /** Largest UDP datagram that is a multiple of Aeron's frame alignment: right on loopback only. */
  static final int LOOPBACK_MTU_BYTES = 65_504;

  /** With less than two datagrams under way, sender and receiver would take turns waiting. */
  static final int MIN_WINDOW_BYTES = 2 * LOOPBACK_MTU_BYTES;

  private static final int DEFAULT_MTU_BYTES = 8_192;
  private static final int DEFAULT_TERM_LENGTH_BYTES = 4 << 20;
  private static final int MIN_TERM_LENGTH_BYTES = 256 << 10;
  private static final int MAX_TERM_LENGTH_BYTES = 1 << 30;
  private static final int MIN_MTU_BYTES = 1_024;

  public PlaneSettings {
    NodeNames.check(name);
    require(!host.isBlank(), "the data plane needs an address to listen on: host=" + host);
    require(port >= 0 && port <= 65_535, "a port is from 0 to 65535: port=" + port);
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
    require(
        maxQueuedTransfers > 0,
        "a queue holds something: maxQueuedTransfers=" + maxQueuedTransfers);
    require(maxPeers > 0, "a plane has peers: maxPeers=" + maxPeers);
    require(maxTransferBytes > 0, "a transfer has bytes: maxTransferBytes=" + maxTransferBytes);
    require(
        liveness.compareTo(Duration.ofMillis(500)) >= 0
            && liveness.compareTo(Duration.ofMinutes(5)) <= 0,
        "liveness is from 500 ms to 5 min: liveness=" + liveness);
  }

  /** Defaults for everything that is not the node's own name and address. */
  public static PlaneSettings of(String name, long incarnation, String host, int port) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        DEFAULT_MTU_BYTES,
        DEFAULT_TERM_LENGTH_BYTES,
        DEFAULT_TERM_LENGTH_BYTES / 2,
        64,
        8,
        2L << 30,
        Duration.ofSeconds(5),
        null);
  }

  public PlaneSettings withPort(int value) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        value,
        mtuBytes,
        termLengthBytes,
        windowBytes,
        maxQueuedTransfers,
        maxPeers,
        maxTransferBytes,
        liveness,
        driverParent);
  }

  public PlaneSettings withMtuBytes(int value) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        value,
        termLengthBytes,
        windowBytes,
        maxQueuedTransfers,
        maxPeers,
        maxTransferBytes,
        liveness,
        driverParent);
  }

  /** Also sets the window to its usual half of a term. */
  public PlaneSettings withTermLengthBytes(int value) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        mtuBytes,
        value,
        value / 2,
        maxQueuedTransfers,
        maxPeers,
        maxTransferBytes,
        liveness,
        driverParent);
  }

  public PlaneSettings withWindowBytes(int value) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        mtuBytes,
        termLengthBytes,
        value,
        maxQueuedTransfers,
        maxPeers,
        maxTransferBytes,
        liveness,
        driverParent);
  }

  public PlaneSettings withMaxQueuedTransfers(int value) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        mtuBytes,
        termLengthBytes,
        windowBytes,
        value,
        maxPeers,
        maxTransferBytes,
        liveness,
        driverParent);
  }

  public PlaneSettings withMaxPeers(int value) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        mtuBytes,
        termLengthBytes,
        windowBytes,
        maxQueuedTransfers,
        value,
        maxTransferBytes,
        liveness,
        driverParent);
  }

  public PlaneSettings withMaxTransferBytes(long value) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        mtuBytes,
        termLengthBytes,
        windowBytes,
        maxQueuedTransfers,
        maxPeers,
        value,
        liveness,
        driverParent);
  }

  public PlaneSettings withLiveness(Duration value) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        mtuBytes,
        termLengthBytes,
        windowBytes,
        maxQueuedTransfers,
        maxPeers,
        maxTransferBytes,
        value,
        driverParent);
  }

  public PlaneSettings withDriverParent(Path value) {
    return new PlaneSettings(
        name,
        incarnation,
        host,
        port,
        mtuBytes,
        termLengthBytes,
        windowBytes,
        maxQueuedTransfers,
        maxPeers,
        maxTransferBytes,
        liveness,
        value);
  }

  /** Datagrams as large as can be towards this machine itself, as set towards all others. */
  int mtuTowards(String peerHost) {
    boolean loopback =
        peerHost.startsWith("127.") || peerHost.equals("localhost") || peerHost.equals("::1");
    return loopback ? LOOPBACK_MTU_BYTES : mtuBytes;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
