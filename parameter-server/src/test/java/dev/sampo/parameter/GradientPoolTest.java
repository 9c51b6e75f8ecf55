package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.ShardRange;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GradientPoolTest {
  private static final int LIMIT = 3;

  private final ShardRange range = new ShardRange(0, 0, 100, true);
  private final GradientPool pool = new GradientPool(range, 16, LIMIT);

  @AfterEach
  void closeThePool() {
    pool.close();
  }

  @Test
  void lendsNoMoreThanItsLimit() {
    GradientBuffer first = acquired();
    acquired();
    assertNull(pool.acquire(1), "the last one is kept back");
    acquired();
    assertNull(pool.acquire());
    first.release();
    assertEquals(1, pool.available());
    assertEquals(first, pool.acquire());
  }

  @Test
  void buffersFitTheRangeAndLieOnCacheLines() {
    GradientBuffer buffer = acquired();
    assertEquals((100 + ShardRange.LOSS_FLOATS) * Float.BYTES, buffer.segment().byteSize());
    assertEquals(100 * Float.BYTES, buffer.parameters().byteSize());
    assertEquals(0, buffer.segment().address() % 64);
  }

  @Test
  void releasingTwiceIsRefused() {
    GradientBuffer buffer = acquired();
    buffer.release();
    assertThrows(IllegalStateException.class, buffer::release);
  }

  @Test
  void aBufferThatIsHeldTwiceIsFreeWhenBothHaveReleasedIt() {
    GradientBuffer buffer = acquired();
    buffer.hold();
    buffer.release();
    assertEquals(LIMIT - 1, pool.available());
    buffer.release();
    assertEquals(LIMIT, pool.available());
    assertThrows(IllegalStateException.class, buffer::hold);
  }

  @Test
  void aClosedPoolThrows() {
    GradientBuffer buffer = acquired();
    pool.close();
    assertThrows(IllegalStateException.class, pool::acquire);
    assertThrows(
        IllegalStateException.class, () -> buffer.segment().get(ValueLayout.JAVA_FLOAT, 0));
  }

  @Test
  void oneThreadAcquiresAndAnotherReleases() throws Exception {
    int rounds = 20_000;
    BlockingQueue<GradientBuffer> arrived = new ArrayBlockingQueue<>(LIMIT);
    try (ExecutorService plane = Executors.newSingleThreadExecutor()) {
      Future<?> done =
          plane.submit(
              () -> {
                for (int i = 0; i < rounds; ) {
                  GradientBuffer buffer = pool.acquire();
                  if (buffer == null) {
                    Thread.onSpinWait();
                    continue;
                  }
                  buffer.segment().setAtIndex(ValueLayout.JAVA_INT, 0, i);
                  arrived.add(buffer);
                  i++;
                }
              });
      for (int i = 0; i < rounds; i++) {
        GradientBuffer buffer = arrived.poll(10, TimeUnit.SECONDS);
        assertNotNull(buffer, "round " + i);
        assertEquals(i, buffer.segment().getAtIndex(ValueLayout.JAVA_INT, 0));
        buffer.release();
      }
      done.get(10, TimeUnit.SECONDS);
    }
    assertTrue(pool.available() == LIMIT);
  }

  private GradientBuffer acquired() {
    GradientBuffer buffer = pool.acquire();
    assertNotNull(buffer);
    return buffer;
  }
}
