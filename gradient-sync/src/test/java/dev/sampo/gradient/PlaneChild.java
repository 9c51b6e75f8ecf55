package dev.sampo.gradient;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A tensor plane in a process of its own, for tests that stop and kill it. Prints {@code port=N}
 * when it listens, and ends when its standard input does, so that it never outlives its parent.
 */
final class PlaneChild {

  /** What the child does with the parent's plane as its peer. */
  enum Role {
    /** Sends every transfer back as it came. */
    ECHO,
    /** Sends transfers without end. */
    FLOOD
  }

  private static final int FLOOD_BYTES = 16 << 20;

  private PlaneChild() {}

  /**
   * Arguments: role, name, incarnation, port, parent's incarnation, parent's port, folder or "-".
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Role role = Role.valueOf(args[0]);
    PlaneSettings settings =
        PlaneSettings.of(args[1], Long.parseLong(args[2]), "127.0.0.1", Integer.parseInt(args[3]))
            .withMaxPeers(2);
    if (!args[6].equals("-")) {
      settings = settings.withTermLengthBytes(1 << 20).withDriverParent(Path.of(args[6]));
    }
    long parent = Long.parseLong(args[4]);
    CompletableFuture<TensorPlane> opened = new CompletableFuture<>();
    Answering sink = new Answering(role, parent, opened);
    try (TensorPlane plane = TensorPlane.open(settings, sink)) {
      plane.connect(new Peer("parent", parent, "127.0.0.1", Integer.parseInt(args[5])));
      opened.complete(plane);
      System.out.println("port=" + plane.port());
      if (role == Role.FLOOD) {
        flood(plane, parent);
      }
      while (System.in.read() >= 0) {
        // Anything the parent writes is ignored; the end of it ends this process.
      }
    }
  }

  private static void flood(TensorPlane plane, long to) throws InterruptedException, IOException {
    MemorySegment payload = Transfers.random(Arena.ofAuto(), 1, FLOOD_BYTES);
    Semaphore free = new Semaphore(2);
    for (int shard = 0; System.in.available() == 0; shard++) {
      free.acquire();
      Offer offer =
          plane.send(to, Transfers.header(shard, FLOOD_BYTES), payload, outcome -> free.release());
      if (offer != Offer.ACCEPTED) {
        return;
      }
    }
  }

  /** Keeps its memory for the next transfer once the answer is out, as a real sink would. */
  private static final class Answering implements TensorSink {
    private final Role role;
    private final long parent;
    private final CompletableFuture<TensorPlane> plane;
    private final Queue<MemorySegment> free = new ArrayDeque<>();

    Answering(Role role, long parent, CompletableFuture<TensorPlane> plane) {
      this.role = role;
      this.parent = parent;
      this.plane = plane;
    }

    @Override
    public @Nullable MemorySegment begin(TransferHeader header, long senderIncarnation) {
      MemorySegment kept = free.poll();
      return kept != null && kept.byteSize() >= header.lengthBytes()
          ? kept
          : Arena.ofAuto().allocate(header.lengthBytes(), 64);
    }

    @Override
    public void completed(TransferHeader header, long sender, MemorySegment destination) {
      switch (role) {
        case ECHO -> answer(header, destination, _ -> free.add(destination));
        case FLOOD -> free.add(destination);
      }
    }

    @Override
    public void abandoned(TransferHeader header, long sender, MemorySegment destination) {
      free.add(destination);
    }

    private void answer(TransferHeader header, MemorySegment payload, Consumer<SendOutcome> done) {
      Offer offer = plane.join().send(parent, header, payload, done);
      if (offer != Offer.ACCEPTED) {
        throw new IllegalStateException("the parent waits for every answer: offer=" + offer);
      }
    }
  }
}
