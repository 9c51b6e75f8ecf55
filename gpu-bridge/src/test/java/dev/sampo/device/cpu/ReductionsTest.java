package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums over a row, to the bit, whatever length the machine's vectors have. */
class ReductionsTest {
  private static final int LONGEST = 300;
  private static final int AT = 3;

  /** One term of a sum, fused with the sum so far or added to it. */
  private interface Term {
    float onto(float sum, int i);
  }

  /** The order that {@link Reductions} promises, one element at a time. */
  private static float inOrder(int length, Term term) {
    float[] s = new float[Reductions.BLOCK];
    int body = length - length % Reductions.BLOCK;
    for (int i = 0; i < body; i++) {
      s[i % Reductions.BLOCK] = term.onto(s[i % Reductions.BLOCK], i);
    }
    float total = folded(s);
    for (int i = body; i < length; i++) {
      total = term.onto(total, i);
    }
    return total;
  }

  /** The total of sixteen running sums. */
  static float folded(float[] sums) {
    float[] quad = new float[4];
    for (int lane = 0; lane < 4; lane++) {
      quad[lane] = (sums[lane] + sums[4 + lane]) + (sums[8 + lane] + sums[12 + lane]);
    }
    return (quad[0] + quad[1]) + (quad[2] + quad[3]);
  }

  private static MemorySegment random(Arena arena, SplittableRandom random) {
    MemorySegment x = arena.allocate((LONGEST + AT) * (long) Float.BYTES, 64);
    for (int i = 0; i < LONGEST + AT; i++) {
      x.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return x;
  }

  private static float get(MemorySegment x, int i) {
    return x.getAtIndex(JAVA_FLOAT, i);
  }

  @Test
  void eachSumHasTheOrderThatIsPromised() {
    check();
  }

  private static void check() {
    SplittableRandom random = new SplittableRandom(1);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = random(arena, random);
      MemorySegment y = random(arena, random);
      MemorySegment half = arena.allocate((LONGEST + AT) * (long) Short.BYTES, 64);
      Bfloat16.round(y, 0, half, 0, LONGEST + AT);
      for (int length = 0; length <= LONGEST; length++) {
        String where = "length=" + length;
        assertEquals(
            inOrder(length, (sum, i) -> sum + get(x, AT + i)),
            Reductions.sum(x, AT, length),
            where);
        assertEquals(
            inOrder(
                length, (sum, i) -> Math.fma(get(x, AT + i) - 0.5f, get(x, AT + i) - 0.5f, sum)),
            Reductions.squaredDeviation(x, AT, length, 0.5f),
            where);
        assertEquals(
            inOrder(length, (sum, i) -> Math.fma(get(x, AT + i), get(y, i), sum)),
            Reductions.dot(x, AT, y, 0, length),
            where);
        assertEquals(
            inOrder(
                length,
                (sum, i) -> Math.fma(get(x, AT + i) - 0.5f, get(y, AT + i) * get(y, i), sum)),
            Reductions.weightedDot(x, 0.5f, y, AT, y, length),
            where);
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < length; i++) {
          largest = Math.max(largest, get(x, AT + i));
        }
        assertEquals(largest, Reductions.max(x, AT, length), where);
      }
      for (int length = 0; length <= LONGEST; length += Reductions.BLOCK) {
        assertEquals(
            inOrder(
                length,
                (sum, i) ->
                    Math.fma(
                        get(x, AT + i), Bfloat16.widen(half.getAtIndex(JAVA_SHORT, AT + i)), sum)),
            Reductions.dotHalf(x, AT, half, AT, length),
            "length=" + length);
      }
    }
  }

  /** The test above in a process whose vectors are that long, as far as this machine has them. */
  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64})
  void vectorsOfAnyLengthKeepTheOrder(int bytes) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:MaxVectorSize=" + bytes,
                "@" + System.getProperty("sampo.jvm.flags"),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                ReductionsTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  /** Of the process of its own: fails with the first difference. */
  public static void main(String[] args) {
    check();
  }
}
