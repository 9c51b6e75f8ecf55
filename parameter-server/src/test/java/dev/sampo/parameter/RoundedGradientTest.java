package dev.sampo.parameter;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.ShardRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoundedGradientTest {
  private static final long SEED = Long.getLong("sampo.test.seed", 42);
  private static final int BITS_BELOW_BF16 = 0xFFFF;
  private static final int PARAMETERS = 37;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeTheArena() {
    arena.close();
  }

  private MemorySegment gradient(Random random, float loss) {
    MemorySegment gradient =
        arena.allocate((PARAMETERS + ShardRange.LOSS_FLOATS) * (long) Float.BYTES, 64);
    for (int i = 0; i < PARAMETERS; i++) {
      gradient.setAtIndex(JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    RoundedGradient.setLoss(gradient, PARAMETERS, loss);
    return gradient;
  }

  @Test
  void everythingFitsIntoBf16AndTheLossKeepsAllItsBits() {
    Random random = new Random(SEED);
    for (int round = 0; round < 1_000; round++) {
      float loss = (random.nextFloat() - 0.1f) * (float) Math.pow(10, random.nextInt(8) - 3);
      MemorySegment gradient = gradient(random, loss);
      RoundedGradient.round(gradient, PARAMETERS);
      for (int i = 0; i < PARAMETERS + ShardRange.LOSS_FLOATS; i++) {
        assertEquals(0, gradient.getAtIndex(JAVA_INT, i) & BITS_BELOW_BF16, "seed=" + SEED);
      }
      assertEquals(loss, RoundedGradient.loss(gradient, PARAMETERS), "seed=" + SEED);
    }
  }

  @Test
  void whatWasRoundedDoesNotChangeAgain() {
    MemorySegment once = gradient(new Random(SEED), 1.2345678f);
    RoundedGradient.round(once, PARAMETERS);
    MemorySegment twice = arena.allocate(once.byteSize(), 64).copyFrom(once);
    RoundedGradient.round(twice, PARAMETERS);
    assertEquals(-1, once.mismatch(twice));
  }

  @Test
  void aLossThatIsNotFiniteStaysWhatItIs() {
    for (float loss : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      MemorySegment gradient = gradient(new Random(SEED), loss);
      RoundedGradient.round(gradient, PARAMETERS);
      assertEquals(loss, RoundedGradient.loss(gradient, PARAMETERS));
    }
  }

  @Test
  void aShardInTheMiddleHasNoLoss() {
    MemorySegment gradient = arena.allocate(2L * Float.BYTES, 64);
    gradient.setAtIndex(JAVA_FLOAT, 1, 1 / 3f);
    RoundedGradient.round(gradient, 2);
    assertEquals(0.33398438f, gradient.getAtIndex(JAVA_FLOAT, 1));
  }
}
