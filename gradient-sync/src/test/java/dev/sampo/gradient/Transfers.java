package dev.sampo.gradient;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/** Headers and payloads for tests. */
final class Transfers {
  private Transfers() {}

  static TransferHeader header(int shard, long lengthBytes) {
    return new TransferHeader(Kind.PIECE, 7, 42, 0x5eed, shard, 8, 4, 1 << 20, lengthBytes);
  }

  static MemorySegment random(Arena arena, long seed, long lengthBytes) {
    MemorySegment memory = arena.allocate(lengthBytes, 8);
    SplittableRandom random = new SplittableRandom(seed);
    long at = 0;
    for (; at + 8 <= lengthBytes; at += 8) {
      memory.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
    for (; at < lengthBytes; at++) {
      memory.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
    }
    return memory;
  }

  /** Like {@link #send}, where it does not matter how the transfer ends at the sender's side. */
  static void post(TensorPlane from, long to, TransferHeader header, MemorySegment payload) {
    var _ = send(from, to, header, payload);
  }

  /** Offers again and again while the queue is full. */
  static CompletableFuture<SendOutcome> send(
      TensorPlane from, long to, TransferHeader header, MemorySegment payload) {
    CompletableFuture<SendOutcome> done = new CompletableFuture<>();
    Offer offer = from.send(to, header, payload, done::complete);
    while (offer == Offer.BACK_PRESSURED) {
      Thread.onSpinWait();
      offer = from.send(to, header, payload, done::complete);
    }
    if (offer == Offer.NOT_CONNECTED) {
      throw new IllegalStateException("the peer is connected: to=" + to);
    }
    return done;
  }
}
