package dev.sampo.bench.sync;

import dev.sampo.device.FloatVectors;
import dev.sampo.gradient.Route;
import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The same job with Aeron alone: a third of the gradient to each of the others, the sum of what
 * came, and a third of the parameters to each. No headers, no checksums, no shards, no queues: what
 * arrives is copied to where it belongs, and that is all. What the tensor plane adds shows beside
 * it.
 */
final class AeronExchange implements Exchange {
  private static final int STREAM = 7;
  private static final int MTU_BYTES = 65_504;
  private static final int MESSAGE_BYTES = MTU_BYTES - 32;
  private static final int TERM_BYTES = 4 << 20;
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

  private final int rank;
  private final Route route;
  private final long slice;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment gradient;
  private final MemorySegment parameters;
  private final MediaDriver driver;
  private final Aeron own;
  private final Subscription subscription;
  private final List<Aeron> others = new ArrayList<>();
  private final List<ExclusivePublication> publications = new ArrayList<>();
  private final Int2ObjectHashMap<Arriving> arriving = new Int2ObjectHashMap<>();
  private final IdleStrategy idle = new BackoffIdleStrategy(100, 20, 1_000, 100_000);
  private final UnsafeBuffer destination = new UnsafeBuffer();
  private long wanted;

  /** What has come from one process: pieces in even phases, parameters in odd ones. */
  private static final class Arriving {
    final MemorySegment[] destinations;
    long bytes;

    Arriving(MemorySegment piece, MemorySegment parameters) {
      this.destinations = new MemorySegment[] {piece, parameters};
    }
  }

  AeronExchange(int rank, Sizes sizes, Route route) {
    this.rank = rank;
    this.route = route;
    // Messages of one size, so that the last of a phase needs no care.
    this.slice = sizes.bytes() / Sizes.PROCESSES / MESSAGE_BYTES * MESSAGE_BYTES;
    this.gradient = arena.allocate(slice * Sizes.PROCESSES, 64);
    this.parameters = arena.allocate(slice * Sizes.PROCESSES, 64);
    gradient.fill((byte) (rank + 1));
    this.driver =
        MediaDriver.launchEmbedded(
            new MediaDriver.Context()
                .aeronDirectoryName(
                    "/dev/shm/sampo-bench-raw-%d-%d".formatted(ProcessHandle.current().pid(), rank))
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .termBufferSparseFile(false)
                .threadingMode(ThreadingMode.SHARED)
                .publicationTermBufferLength(TERM_BYTES)
                .initialWindowLength(TERM_BYTES / 2)
                .socketRcvbufLength(TERM_BYTES / 2));
    this.own = connectTo(driver.aeronDirectoryName());
    this.subscription =
        own.addSubscription(
            route == Route.SHARED_MEMORY ? "aeron:ipc" : "aeron:udp?endpoint=127.0.0.1:0", STREAM);
  }

  private static Aeron connectTo(String folder) {
    return Aeron.connect(new Aeron.Context().aeronDirectoryName(folder));
  }

  @Override
  public String address() {
    String bound = subscription.resolvedEndpoint();
    while (route == Route.NETWORK && bound == null) {
      idle.idle();
      bound = subscription.resolvedEndpoint();
    }
    return route == Route.NETWORK ? String.valueOf(bound) : driver.aeronDirectoryName();
  }

  @Override
  public void connect(String[] addresses) {
    for (int n = 1; n < Sizes.PROCESSES; n++) {
      publications.add(publicationTo(addresses[(rank + n) % Sizes.PROCESSES]));
    }
    while (subscription.imageCount() < Sizes.PROCESSES - 1
        || publications.stream().anyMatch(publication -> !publication.isConnected())) {
      idle.idle();
    }
  }

  private ExclusivePublication publicationTo(String address) {
    String lengths = "mtu=%d|term-length=%d".formatted(MTU_BYTES, TERM_BYTES);
    if (route == Route.NETWORK) {
      return own.addExclusivePublication("aeron:udp?endpoint=" + address + "|" + lengths, STREAM);
    }
    Aeron other = connectTo(address);
    others.add(other);
    return other.addExclusivePublication("aeron:ipc?" + lengths, STREAM);
  }

  @Override
  public void round(int number) {
    UnsafeBuffer[] thirds = new UnsafeBuffer[publications.size()];
    for (int n = 0; n < thirds.length; n++) {
      thirds[n] = third(gradient, (rank + 1 + n) % Sizes.PROCESSES);
    }
    exchange(number, thirds);
    MemorySegment own = parameters.asSlice(rank * slice, slice);
    MemorySegment sum = gradient.asSlice(rank * slice, slice);
    for (Arriving from : arriving.values()) {
      FloatVectors.add(own, sum, from.destinations[0]);
      sum = own;
    }
    exchange(number, new UnsafeBuffer[] {third(parameters, rank), third(parameters, rank)});
  }

  private UnsafeBuffer third(MemorySegment vector, int of) {
    return new UnsafeBuffer(vector.address() + of * slice, Math.toIntExact(slice));
  }

  private void exchange(int number, UnsafeBuffer[] payloads) {
    wanted += slice;
    long deadlineNs = System.nanoTime() + PATIENCE_NS;
    int[] sent = new int[payloads.length];
    boolean all = false;
    while (!all) {
      int work = subscription.poll(this::take, 16);
      all = hasAll();
      for (int n = 0; n < sent.length; n++) {
        int messages = send(publications.get(n), payloads[n], sent[n]);
        sent[n] += messages * MESSAGE_BYTES;
        work += messages;
        all &= sent[n] == slice;
      }
      idle.idle(work);
      if (System.nanoTime() - deadlineNs > 0) {
        throw new IllegalStateException("a round ends: rank=%d, round=%d".formatted(rank, number));
      }
    }
  }

  private static int send(ExclusivePublication publication, UnsafeBuffer payload, int from) {
    int messages = 0;
    int at = from;
    while (messages < 16
        && at < payload.capacity()
        && publication.offer(payload, at, MESSAGE_BYTES) > 0) {
      at += MESSAGE_BYTES;
      messages++;
    }
    return messages;
  }

  private boolean hasAll() {
    int whole = 0;
    for (Arriving from : arriving.values()) {
      whole += from.bytes >= wanted ? 1 : 0;
    }
    return whole == Sizes.PROCESSES - 1;
  }

  private void take(DirectBuffer buffer, int offset, int length, Header header) {
    Arriving from = arriving.get(header.sessionId());
    if (from == null) {
      int place = (rank + 1 + arriving.size()) % Sizes.PROCESSES;
      from = new Arriving(arena.allocate(slice, 64), parameters.asSlice(place * slice, slice));
      arriving.put(header.sessionId(), from);
    }
    MemorySegment to = from.destinations[(int) (from.bytes / slice % 2)];
    destination.wrap(to.address() + from.bytes % slice, length);
    buffer.getBytes(offset, destination, 0, length);
    from.bytes += length;
  }

  @Override
  public void check(int number) {
    if (!hasAll()) {
      throw new IllegalStateException("everything has come: rank=" + rank);
    }
  }

  @Override
  public void close() {
    CloseHelper.closeAll(others);
    CloseHelper.closeAll(own, driver);
    arena.close();
  }
}
