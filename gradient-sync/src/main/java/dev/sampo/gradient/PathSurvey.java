package dev.sampo.gradient;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Measures the way from one open plane to a connected peer, with probes that both answer. */
public final class PathSurvey {
  static final long MOST_CLOCK_OFFSET_US = TimeUnit.SECONDS.toMicros(1);

  private static final int ROUND_TRIPS = 20;
  private static final int TRANSFERS = 5;
  private static final int TRANSFER_BYTES = 8 << 20;
  private static final long PATIENCE_SECONDS = 5;

  /**
   * What was measured, the best of several tries.
   *
   * @param peer the peer's name
   * @param roundTripUs a single byte there, and one back
   * @param bytesPerSecond of 8 MiB until the peer said that they had come
   * @param clockOffsetUs how far the peer's clock is ahead; 0 while nothing is known
   * @param datagramBytes the largest datagram that the path takes whole; in shared memory, the
   *     largest chunk
   * @param failure why nothing was measured; null if it was
   */
  public record Path(
      String peer,
      String host,
      Route route,
      long roundTripUs,
      double bytesPerSecond,
      long clockOffsetUs,
      int datagramBytes,
      @Nullable String failure) {}

  private PathSurvey() {}

  /** Takes some tenths of a second; not for the agent thread. */
  public static Path of(TensorPlane plane, Peer peer) {
    try {
      long roundTripNs = best(plane, peer, ROUND_TRIPS, 1);
      long transferNs = best(plane, peer, TRANSFERS, TRANSFER_BYTES);
      PeerPulse pulse =
          plane
              .pulse(peer.incarnation())
              .orElseThrow(() -> new ExecutionException(new IllegalStateException("it has left")));
      Route route = pulse.route().orElse(Route.NETWORK);
      return new Path(
          peer.name(),
          peer.host(),
          route,
          TimeUnit.NANOSECONDS.toMicros(roundTripNs),
          TRANSFER_BYTES / (transferNs / 1e9),
          pulse.clocks().map(PeerPulse.Clocks::offsetUs).orElse(0L),
          route == Route.NETWORK
              ? PathMtu.measure(peer.host(), peer.port())
              : PlaneSettings.LOOPBACK_MTU_BYTES,
          null);
    } catch (ExecutionException e) {
      return failed(peer, String.valueOf(e.getCause()));
    } catch (TimeoutException e) {
      return failed(peer, "no answer within " + PATIENCE_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(peer, "interrupted");
    }
  }

  private static Path failed(Peer peer, String reason) {
    return new Path(peer.name(), peer.host(), Route.NETWORK, 0, 0, 0, 0, reason);
  }

  private static long best(TensorPlane plane, Peer peer, int times, int bytes)
      throws InterruptedException, ExecutionException, TimeoutException {
    long best = Long.MAX_VALUE;
    for (int n = 0; n < times; n++) {
      long took = plane.probe(peer.incarnation(), bytes).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      best = Math.min(best, took);
    }
    return best;
  }
}
