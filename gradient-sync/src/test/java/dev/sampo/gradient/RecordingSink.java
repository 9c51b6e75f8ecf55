package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Takes everything into fresh memory and remembers how each transfer ended. */
class RecordingSink implements TensorSink {
  private static final long PATIENCE_SECONDS = 20;

  /** One call of the plane. */
  record Event(String what, TransferHeader header, long sender, MemorySegment memory) {}

  private final Arena arena;
  private final BlockingQueue<Event> begun = new LinkedBlockingQueue<>();
  private final BlockingQueue<Event> ended = new LinkedBlockingQueue<>();

  RecordingSink(Arena arena) {
    this.arena = arena;
  }

  @Override
  public @Nullable MemorySegment begin(TransferHeader header, long senderIncarnation) {
    MemorySegment memory = arena.allocate(header.lengthBytes(), 8);
    begun.add(new Event("begin", header, senderIncarnation, memory));
    return memory;
  }

  @Override
  public void completed(TransferHeader header, long senderIncarnation, MemorySegment destination) {
    ended.add(new Event("completed", header, senderIncarnation, destination));
  }

  @Override
  public void abandoned(TransferHeader header, long senderIncarnation, MemorySegment destination) {
    ended.add(new Event("abandoned", header, senderIncarnation, destination));
  }

  Event awaitBegun() throws InterruptedException {
    return await(begun, "begin");
  }

  Event awaitEnded() throws InterruptedException {
    return await(ended, "end");
  }

  @Nullable Event endedWithin(Duration patience) throws InterruptedException {
    return ended.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Nullable Event endedIfAny() {
    return ended.poll();
  }

  private static Event await(BlockingQueue<Event> events, String what) throws InterruptedException {
    Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertNotNull(event, () -> "a transfer should " + what + " within " + PATIENCE_SECONDS + " s");
    return event;
  }
}
