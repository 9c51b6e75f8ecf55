package dev.sampo.gradient;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Aeron's linked time-outs, all from one number: the liveness, after which a silent stream counts
 * as broken. Belongs to one driver and the client in the same process.
 *
 * <p>Both read {@link PatientClock}s, so a process that was merely stopped goes on where it was.
 * The driver drops clients that are silent for longer than any pause of a live process; that frees
 * the memory of peers on this machine that died while they were writing here.
 */
final class AeronTimeouts {
  /** Streams are closed only when their peer is gone, so there is hardly anybody to linger for. */
  private static final long LINGER_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final Duration CLIENT_LIVENESS = Duration.ofSeconds(30);

  private final long livenessNs;
  private final PatientClock nanos = PatientClock.ofNanos(System::nanoTime);
  private final PatientClock millis = PatientClock.ofMillis(System::currentTimeMillis);

  private AeronTimeouts(long livenessNs) {
    this.livenessNs = livenessNs;
  }

  static AeronTimeouts of(PlaneSettings settings) {
    return new AeronTimeouts(settings.timings().liveness().toNanos());
  }

  private long clientLivenessNs() {
    return Math.max(CLIENT_LIVENESS.toNanos(), 2 * livenessNs);
  }

  void applyTo(MediaDriver.Context driver) {
    driver
        .nanoClock(nanos::now)
        .epochClock(millis::now)
        .imageLivenessTimeoutNs(livenessNs)
        .publicationConnectionTimeoutNs(livenessNs)
        .publicationLingerTimeoutNs(LINGER_NS)
        .clientLivenessTimeoutNs(clientLivenessNs())
        // Aeron wants it longer than a client's life-sign may be late.
        .publicationUnblockTimeoutNs(2 * clientLivenessNs());
  }

  void applyTo(Aeron.Context client) {
    client
        .nanoClock(nanos::now)
        .epochClock(millis::now)
        .driverTimeoutMs(TimeUnit.NANOSECONDS.toMillis(clientLivenessNs()));
  }
}
