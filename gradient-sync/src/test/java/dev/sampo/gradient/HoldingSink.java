package dev.sampo.gradient;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds its plane's agent thread in {@code begin} until released. A transfer longer than the window
 * is then under way for certain: the sender can put no more than a window on its way.
 */
final class HoldingSink extends RecordingSink {
  private final CountDownLatch gate = new CountDownLatch(1);

  HoldingSink(Arena arena) {
    super(arena);
  }

  void release() {
    gate.countDown();
  }

  @Override
  public @Nullable MemorySegment begin(TransferHeader header, long senderIncarnation) {
    MemorySegment memory = super.begin(header, senderIncarnation);
    try {
      if (!gate.await(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the test releases its sink: transfer=" + header);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return memory;
  }
}
