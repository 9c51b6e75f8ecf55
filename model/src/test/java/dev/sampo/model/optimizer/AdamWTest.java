package dev.sampo.model.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.model.Range;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdamWTest {
  private static final AdamW ADAMW = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f);
  private static final int LENGTH = 203;
  private static final List<Range> DECAYED = List.of(new Range(5, 90), new Range(120, 203));

  private final Arena arena = Arena.ofShared();

  @AfterEach
  void free() {
    arena.close();
  }

  private MemorySegment random(Random random, boolean positive) {
    MemorySegment x = arena.allocate(LENGTH * 4L, 4);
    for (int i = 0; i < LENGTH; i++) {
      float value = random.nextFloat() - 0.5f;
      x.setAtIndex(JAVA_FLOAT, i, positive ? value * value : value);
    }
    return x;
  }

  private AdamW.State state(Random random) {
    return new AdamW.State(random(random, false), random(random, false), random(random, true));
  }

  private AdamW.State empty() {
    return new AdamW.State(
        arena.allocate(LENGTH * 4L), arena.allocate(LENGTH * 4L), arena.allocate(LENGTH * 4L));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 100, 1_000_000})
  void followsThePaper(long step) {
    Random random = new Random(step);
    AdamW.State from = state(random);
    AdamW.State to = empty();
    MemorySegment gradient = random(random, false);
    ADAMW.step(new AdamW.Scalars(step, 0.01f, 0.25f), from, to, gradient, DECAYED);
    for (int i = 0; i < LENGTH; i++) {
      int at = i;
      double g = gradient.getAtIndex(JAVA_FLOAT, i) * 0.25;
      double m = 0.9 * from.mean().getAtIndex(JAVA_FLOAT, i) + 0.1 * g;
      double v = 0.95 * from.square().getAtIndex(JAVA_FLOAT, i) + 0.05 * g * g;
      double correctedM = m / (1 - Math.pow(0.9, (double) step));
      double correctedV = v / (1 - Math.pow(0.95, (double) step));
      double p = from.parameters().getAtIndex(JAVA_FLOAT, i);
      boolean decays = DECAYED.stream().anyMatch(r -> at >= r.from() && at < r.to());
      p -= decays ? 0.01 * 0.1 * p : 0;
      p -= 0.01 * correctedM / (Math.sqrt(correctedV) + 1e-8);
      assertEquals(m, to.mean().getAtIndex(JAVA_FLOAT, i), 1e-6, "mean " + i);
      assertEquals(v, to.square().getAtIndex(JAVA_FLOAT, i), 1e-6, "square " + i);
      assertEquals(p, to.parameters().getAtIndex(JAVA_FLOAT, i), 1e-5, "parameter " + i);
    }
  }

  @Test
  void givesTheSameBitsHoweverTheVectorIsCut() {
    Random random = new Random(3);
    AdamW.State from = state(random);
    MemorySegment gradient = random(random, false);
    AdamW.Scalars scalars = new AdamW.Scalars(7, 0.01f, 0.3f);
    AdamW.State whole = empty();
    ADAMW.step(scalars, from, whole, gradient, DECAYED);
    // A cut of one element runs the scalar chain, so this compares vector and scalar code too.
    for (int cut : new int[] {1, 3, 16, 50, 101}) {
      AdamW.State pieces = empty();
      for (int start = 0; start < LENGTH; start += cut) {
        Range range = new Range(start, Math.min(LENGTH, start + cut));
        ADAMW.step(
            scalars, slice(from, range), slice(pieces, range), slice(gradient, range), clip(range));
      }
      assertEquals(-1, whole.parameters().mismatch(pieces.parameters()), "cut " + cut);
      assertEquals(-1, whole.mean().mismatch(pieces.mean()), "cut " + cut);
      assertEquals(-1, whole.square().mismatch(pieces.square()), "cut " + cut);
    }
  }

  private static AdamW.State slice(AdamW.State state, Range range) {
    return new AdamW.State(
        slice(state.parameters(), range), slice(state.mean(), range), slice(state.square(), range));
  }

  private static MemorySegment slice(MemorySegment x, Range range) {
    return x.asSlice(range.from() * 4, range.length() * 4);
  }

  private static List<Range> clip(Range part) {
    List<Range> clipped = new ArrayList<>();
    for (Range range : DECAYED) {
      long from = Math.max(range.from(), part.from());
      long to = Math.min(range.to(), part.to());
      if (from < to) {
        clipped.add(new Range(from - part.from(), to - part.from()));
      }
    }
    return clipped;
  }

  @Test
  void refusesWhatDoesNotFit() {
    AdamW.State from = state(new Random(1));
    AdamW.Scalars scalars = new AdamW.Scalars(1, 0.1f, 1);
    MemorySegment small = arena.allocate(8);
    MemorySegment gradient = random(new Random(1), false);
    assertThrows(
        IllegalArgumentException.class, () -> ADAMW.step(scalars, from, empty(), small, DECAYED));
    List<Range> backwards = List.of(new Range(100, 203), new Range(0, 5));
    assertThrows(
        IllegalArgumentException.class,
        () -> ADAMW.step(scalars, from, empty(), gradient, backwards));
    assertThrows(IllegalArgumentException.class, () -> new AdamW.Scalars(0, 0.1f, 1));
    assertThrows(IllegalArgumentException.class, () -> new AdamW.Scalars(1, 0.1f, Float.NaN));
    assertThrows(IllegalArgumentException.class, () -> new AdamW(1f, 0.9f, 1e-8f, 0));
  }

  @Test
  void scheduleWarmsUpThenFallsToItsFloor() {
    CosineSchedule schedule = new CosineSchedule(1e-3f, 1e-4f, 10, 110);
    assertEquals(1e-4f, schedule.at(1), 1e-9f);
    assertEquals(1e-3f, schedule.at(10));
    assertEquals(5.5e-4f, schedule.at(60), 1e-9f);
    assertEquals(1e-4f, schedule.at(110));
    assertEquals(1e-4f, schedule.at(1_000));
    for (long step = 11; step <= 110; step++) {
      assertEquals(-1, Float.compare(schedule.at(step), schedule.at(step - 1)), "step " + step);
    }
    assertThrows(IllegalArgumentException.class, () -> new CosineSchedule(1e-3f, 1e-2f, 10, 110));
    assertThrows(IllegalArgumentException.class, () -> new CosineSchedule(1e-3f, 1e-4f, 10, 9));
  }
}
