package dev.sampo.gradient;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.IoUtil;
import org.agrona.concurrent.NoOpLock;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * The media driver of this node, in this process or in one of its own. All of Aeron's settings that
 * hang together are derived in {@link AeronTimeouts}, from {@link PlaneSettings}.
 */
final class NodeDriver implements AutoCloseable {
  /** The thread that resolves host names is hardly ever asked. */
  private static final long NAMES_REST_MS = 20;

  /** Images of one port at a time: a current and a dying stream for each peer. */
  private static final int STREAMS_PER_PEER = 2;

  /** 8,192 counters, of which a stream takes about ten; Aeron's 8 MiB would cost 46 in all. */
  private static final int COUNTERS_BYTES = 1 << 20;

  private final Path folder;
  private final @Nullable MediaDriver embedded;
  private final @Nullable Path announced;
  private final AtomicReference<@Nullable Thread> thread;
  private final AeronTimeouts timeouts;

  private NodeDriver(
      Path folder,
      @Nullable MediaDriver embedded,
      @Nullable Path announced,
      AtomicReference<@Nullable Thread> thread,
      AeronTimeouts timeouts) {
    this.folder = folder;
    this.embedded = embedded;
    this.announced = announced;
    this.thread = thread;
    this.timeouts = timeouts;
  }

  static NodeDriver open(PlaneSettings settings, ErrorHandler faults) {
    return switch (settings.driver()) {
      case DriverPlace.Embedded _ -> launch(settings, faults);
      case DriverPlace.External(Path folder) -> join(settings, folder);
    };
  }

  private static NodeDriver join(PlaneSettings settings, Path folder) {
    long timeoutMs = settings.timings().liveness().toMillis();
    if (!CommonContext.isDriverActive(folder.toFile(), timeoutMs, ignored -> {})) {
      throw new PlaneException(
          "the media driver must be running: folder=%s, timeoutMs=%d; hint: start it, or set node.data-plane.driver to embedded"
              .formatted(folder, timeoutMs),
          null);
    }
    return new NodeDriver(
        folder,
        null,
        DriverFolder.announce(settings, folder),
        new AtomicReference<>(),
        AeronTimeouts.of(settings));
  }

  private static NodeDriver launch(PlaneSettings settings, ErrorHandler faults) {
    Path folder = DriverFolder.choose(settings);
    int receiveBufferBytes = SocketBuffers.grantedReceiveBytes(settings.streams().windowBytes());
    int windowBytes =
        Math.min(
            Math.min(settings.streams().windowBytes(), receiveBufferBytes),
            settings.streams().termLengthBytes() / 2);
    if (windowBytes < PlaneSettings.MIN_WINDOW_BYTES) {
      throw new PlaneException(
          "the system grants a socket room for two datagrams: receiveBufferBytes=%d, neededBytes=%d; hint: raise net.core.rmem_max"
              .formatted(receiveBufferBytes, PlaneSettings.MIN_WINDOW_BYTES),
          null);
    }
    AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
    AeronTimeouts timeouts = AeronTimeouts.of(settings);
    MediaDriver.Context context =
        new MediaDriver.Context()
            .aeronDirectoryName(folder.toString())
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true)
            .warnIfDirectoryExists(false)
            // Filled at once: a sparse log on a full disk would end the process with SIGBUS.
            .termBufferSparseFile(false)
            .lowStorageWarningThreshold(0)
            .counterValuesBufferLength(COUNTERS_BYTES)
            .threadingMode(ThreadingMode.SHARED)
            .sharedIdleStrategy(new RestingIdleStrategy())
            .asyncExecutorIdleStrategy(new SleepingMillisIdleStrategy(NAMES_REST_MS))
            .sharedThreadFactory(
                work -> {
                  Thread made = daemon(work);
                  thread.set(made);
                  return made;
                })
            .asyncExecutorThreadFactory(NodeDriver::daemon)
            .errorHandler(faults)
            .publicationTermBufferLength(settings.streams().termLengthBytes())
            .initialWindowLength(windowBytes)
            .socketRcvbufLength(receiveBufferBytes)
            .streamSessionLimit(STREAMS_PER_PEER * (settings.limits().maxPeers() + 1))
            .mtuLength(settings.streams().mtuBytes());
    timeouts.applyTo(context);
    try {
      return new NodeDriver(folder, MediaDriver.launch(context), null, thread, timeouts);
    } catch (RuntimeException e) {
      IoUtil.delete(folder.toFile(), true);
      throw new PlaneException(
          "could not start the media driver: folder=%s, reason=%s; hint: check that the folder can be written"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  /**
   * The plane's own client. The agent thread does its work too: one thread less, and its callbacks
   * come where the state is. Hence also no lock.
   */
  Aeron connect(ErrorHandler faults) {
    Aeron.Context context =
        new Aeron.Context()
            .aeronDirectoryName(folder.toString())
            .useConductorAgentInvoker(true)
            .clientLock(NoOpLock.INSTANCE)
            .errorHandler(faults)
            .subscriberErrorHandler(faults);
    if (embedded != null) {
      timeouts.applyTo(context);
    }
    return Aeron.connect(context);
  }

  /** Work has come for the driver's thread: it need not finish its rest. */
  void wake() {
    LockSupport.unpark(thread.get());
  }

  /** A node's end is decided elsewhere. The agents that run in these threads name them. */
  static Thread daemon(Runnable work) {
    Thread made = new Thread(work);
    made.setDaemon(true);
    return made;
  }

  @Override
  public void close() {
    CloseHelper.close(embedded);
    if (announced != null) {
      try {
        Files.deleteIfExists(announced);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
