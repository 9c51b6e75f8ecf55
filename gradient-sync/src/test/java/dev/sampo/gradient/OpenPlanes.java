package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The planes of one test, all on this machine, closed together. */
final class OpenPlanes implements AutoCloseable {
  private final Path folder;
  private final List<TensorPlane> open = new ArrayList<>();

  /** Their media drivers' files go into this folder. */
  OpenPlanes(Path folder) {
    this.folder = folder;
  }

  PlaneSettings settings(String name, long incarnation) {
    return PlaneSettings.of(name, incarnation, "127.0.0.1", 0)
        .withTermLengthBytes(1 << 20)
        .withMaxPeers(3)
        .withDriverParent(folder);
  }

  TensorPlane open(PlaneSettings settings, TensorSink sink) {
    TensorPlane plane = TensorPlane.open(settings, sink);
    open.add(plane);
    return plane;
  }

  TensorPlane open(PlaneSettings settings, TensorSink sink, int port) {
    return open(settings.withPort(port), sink);
  }

  static Peer peer(String name, long incarnation, TensorPlane plane) {
    return new Peer(name, incarnation, "127.0.0.1", plane.port());
  }

  static long refusals(PlaneStats stats) {
    return stats.refused().values().stream().mapToLong(Long::longValue).sum();
  }

  static void await(BooleanSupplier holds) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!holds.getAsBoolean()) {
      assertFalse(System.nanoTime() > deadlineNs, "should hold within 10 s");
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    open.forEach(TensorPlane::close);
  }
}
