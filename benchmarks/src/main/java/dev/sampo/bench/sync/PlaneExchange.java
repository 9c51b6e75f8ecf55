package dev.sampo.bench.sync;

import dev.sampo.device.FloatVectors;
import dev.sampo.gradient.Kind;
import dev.sampo.gradient.Offer;
import dev.sampo.gradient.Peer;
import dev.sampo.gradient.PlaneSettings;
import dev.sampo.gradient.Route;
import dev.sampo.gradient.TensorPlane;
import dev.sampo.gradient.TensorSink;
import dev.sampo.gradient.TransferHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What the trainer does with a step's tensors: pushes the gradient, cut by shard, to the shards'
 * owners; an owner sums the pieces on the canonical tree and pushes the result to everybody.
 */
final class PlaneExchange implements Exchange, TensorSink {
  /** Long enough for the slowest machine, short enough to notice a fault. */
  private static final long PATIENCE_SECONDS = 30;

  /** Sums go in blocks that stay in the cache between the two additions. */
  private static final long BLOCK_BYTES = 128 << 10;

  private final int rank;
  private final Sizes sizes;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment gradient;
  private final MemorySegment parameters;
  private final MemorySegment[][] pieces = new MemorySegment[Sizes.SHARDS][Sizes.PROCESSES];
  private final AtomicIntegerArray missing = new AtomicIntegerArray(Sizes.SHARDS);
  private final Semaphore arrived = new Semaphore(0);
  private final ExecutorService adder;
  private final TensorPlane plane;
  private final long openNs;
  private long connectedNs;
  private volatile long firstNs;

  PlaneExchange(int rank, Sizes sizes, Route route) {
    this.rank = rank;
    this.sizes = sizes;
    this.gradient = arena.allocate(sizes.bytes(), 64);
    this.parameters = arena.allocate(sizes.bytes(), 64);
    sizes.fill(gradient, rank);
    for (int shard = rank; shard < Sizes.SHARDS; shard += Sizes.PROCESSES) {
      for (int from = 0; from < Sizes.PROCESSES; from++) {
        pieces[shard][from] =
            from == rank ? sizes.shard(gradient, shard) : arena.allocate(sizes.shardBytes(), 64);
      }
      missing.set(shard, Sizes.PROCESSES);
    }
    this.adder = Executors.newSingleThreadExecutor();
    long fromNs = System.nanoTime();
    this.plane =
        TensorPlane.open(
            PlaneSettings.of("bench-" + rank, incarnation(rank), "127.0.0.1", 0)
                .withFastest(route)
                .withMaxPeers(Sizes.PROCESSES),
            this);
    this.openNs = System.nanoTime() - fromNs;
  }

  /** From opening the plane to the first transfer that came, without waiting for the others. */
  @Override
  public double startSeconds() {
    return (openNs + firstNs - connectedNs) / 1e9;
  }

  /** Differs between two benches that run at once. */
  private static long incarnation(int rank) {
    return ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L) * 8 + rank + 1;
  }

  @Override
  public String address() {
    return Integer.toString(plane.port());
  }

  @Override
  public void connect(String[] addresses) {
    connectedNs = System.nanoTime();
    for (int other = 0; other < Sizes.PROCESSES; other++) {
      if (other != rank) {
        int port = Integer.parseInt(addresses[other]);
        plane.connect(new Peer("bench-" + other, incarnation(other), "127.0.0.1", port));
      }
    }
  }

  @Override
  public void round(int number) throws InterruptedException {
    for (int n = 0; n < Sizes.SHARDS; n++) {
      // Each begins with another owner, so that not all push to the same one at first.
      int shard = (n + rank) % Sizes.SHARDS;
      if (Sizes.owner(shard) == rank) {
        pieceIsHere(number, shard);
      } else {
        send(Sizes.owner(shard), header(Kind.PIECE, number, shard), sizes.shard(gradient, shard));
      }
    }
    if (!arrived.tryAcquire(Sizes.SHARDS, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "a round ends: rank=%d, round=%d, shards=%d, stats=%s"
              .formatted(rank, number, arrived.availablePermits(), plane.stats()));
    }
  }

  @Override
  public void check(int number) {
    sizes.check(parameters);
  }

  private void send(int to, TransferHeader header, MemorySegment payload) {
    Offer offer = plane.send(incarnation(to), header, payload, outcome -> {});
    while (offer != Offer.ACCEPTED) {
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
      offer = plane.send(incarnation(to), header, payload, outcome -> {});
    }
  }

  private TransferHeader header(Kind kind, int number, int shard) {
    return new TransferHeader(kind, 1, number, 0, shard, rank, 1, 0, sizes.shardBytes());
  }

  private void pieceIsHere(int number, int shard) {
    if (missing.decrementAndGet(shard) == 0) {
      missing.set(shard, Sizes.PROCESSES);
      adder.execute(() -> reduce(number, shard));
    }
  }

  /** (0 + 1) + 2: the canonical tree over three slots. */
  private void reduce(int number, int shard) {
    MemorySegment sum = sizes.shard(parameters, shard);
    MemorySegment[] of = pieces[shard];
    for (long at = 0; at < sum.byteSize(); at += BLOCK_BYTES) {
      long length = Math.min(BLOCK_BYTES, sum.byteSize() - at);
      MemorySegment block = sum.asSlice(at, length);
      FloatVectors.add(block, of[0].asSlice(at, length), of[1].asSlice(at, length));
      FloatVectors.add(block, block, of[2].asSlice(at, length));
    }
    for (int other = 0; other < Sizes.PROCESSES; other++) {
      if (other != rank) {
        send(other, header(Kind.PARAMETERS, number, shard), sum);
      }
    }
    arrived.release();
  }

  @Override
  public @Nullable MemorySegment begin(TransferHeader header, long senderIncarnation) {
    return header.kind() == Kind.PIECE
        ? pieces[header.shard()][header.firstSlot()]
        : sizes.shard(parameters, header.shard());
  }

  @Override
  public void completed(TransferHeader header, long senderIncarnation, MemorySegment destination) {
    if (firstNs == 0) {
      firstNs = System.nanoTime();
    }
    if (header.kind() == Kind.PIECE) {
      pieceIsHere((int) header.step(), header.shard());
    } else {
      arrived.release();
    }
  }

  @Override
  public void abandoned(TransferHeader header, long senderIncarnation, MemorySegment destination) {
    System.err.println("a transfer broke off: " + header);
  }

  @Override
  public void close() {
    plane.close();
    adder.close();
    arena.close();
  }
}
