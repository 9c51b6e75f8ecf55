package dev.sampo.gradient;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;
import org.agrona.IoUtil;
import org.agrona.concurrent.SleepingMillisIdleStrategy;

/**
 * The media driver of this node, in this process. All of Aeron's settings that hang together are
 * derived here from {@link PlaneSettings}.
 */
final class EmbeddedDriver implements AutoCloseable {
  /**
   * Client and driver watch each other for life; here both live and die with one process, and a
   * process that was merely stopped for a while must go on. So this watch is as good as off.
   */
  static final long SAME_PROCESS_TIMEOUT_MS = TimeUnit.HOURS.toMillis(1);

  /** Streams are closed only when their peer is gone, so there is hardly anybody to linger for. */
  private static final long LINGER_NS = TimeUnit.MILLISECONDS.toNanos(500);

  /** The thread that resolves host names is hardly ever asked. */
  private static final long NAMES_REST_MS = 20;

  private final MediaDriver driver;

  private EmbeddedDriver(MediaDriver driver) {
    this.driver = driver;
  }

  static EmbeddedDriver launch(PlaneSettings settings, ErrorHandler faults) {
    Path folder = DriverFolder.choose(settings);
    int receiveBufferBytes = grantedReceiveBufferBytes(settings.windowBytes());
    int windowBytes =
        Math.min(
            Math.min(settings.windowBytes(), receiveBufferBytes), settings.termLengthBytes() / 2);
    if (windowBytes < PlaneSettings.MIN_WINDOW_BYTES) {
      throw new PlaneException(
          "the system grants a socket room for two datagrams: receiveBufferBytes=%d, neededBytes=%d; hint: raise net.core.rmem_max"
              .formatted(receiveBufferBytes, PlaneSettings.MIN_WINDOW_BYTES),
          null);
    }
    MediaDriver.Context context =
        new MediaDriver.Context()
            .aeronDirectoryName(folder.toString())
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true)
            .warnIfDirectoryExists(false)
            // Filled at once: a sparse log on a full disk would end the process with SIGBUS.
            .termBufferSparseFile(false)
            .lowStorageWarningThreshold(0)
            .threadingMode(ThreadingMode.SHARED)
            .sharedIdleStrategy(new RestingIdleStrategy())
            .asyncExecutorIdleStrategy(new SleepingMillisIdleStrategy(NAMES_REST_MS))
            .sharedThreadFactory(EmbeddedDriver::daemon)
            .asyncExecutorThreadFactory(EmbeddedDriver::daemon)
            .errorHandler(faults)
            .publicationTermBufferLength(settings.termLengthBytes())
            .initialWindowLength(windowBytes)
            .socketRcvbufLength(receiveBufferBytes)
            .mtuLength(settings.mtuBytes());
    linkTimeouts(context, settings.liveness().toNanos());
    try {
      return new EmbeddedDriver(MediaDriver.launch(context));
    } catch (RuntimeException e) {
      IoUtil.delete(folder.toFile(), true);
      throw new PlaneException(
          "could not start the media driver: folder=%s, reason=%s; hint: check that the folder can be written"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  private static void linkTimeouts(MediaDriver.Context context, long livenessNs) {
    long sameProcessNs = TimeUnit.MILLISECONDS.toNanos(SAME_PROCESS_TIMEOUT_MS);
    context
        .imageLivenessTimeoutNs(livenessNs)
        .publicationConnectionTimeoutNs(livenessNs)
        .publicationLingerTimeoutNs(LINGER_NS)
        .clientLivenessTimeoutNs(sameProcessNs)
        // Aeron wants it longer than a client's life-sign may be late.
        .publicationUnblockTimeoutNs(2 * sameProcessNs);
  }

  /** A node's end is decided elsewhere. The agents that run in these threads name them. */
  static Thread daemon(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    return thread;
  }

  /** The system cuts what is asked for to its own limit (net.core.rmem_max) without a word. */
  private static int grantedReceiveBufferBytes(int wantedBytes) {
    try (DatagramChannel probe = DatagramChannel.open()) {
      probe.setOption(StandardSocketOptions.SO_RCVBUF, wantedBytes);
      return Math.min(wantedBytes, probe.getOption(StandardSocketOptions.SO_RCVBUF));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String folder() {
    return driver.aeronDirectoryName();
  }

  @Override
  public void close() {
    driver.close();
  }
}
