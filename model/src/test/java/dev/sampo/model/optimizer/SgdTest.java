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

class SgdTest {
  private static final Sgd SGD = new Sgd(0.9f, 0.1f);
  private static final int LENGTH = 203;
  private static final List<Range> DECAYED = List.of(new Range(5, 90), new Range(120, 203));

  private final Arena arena = Arena.ofShared();

  @AfterEach
  void free() {
    arena.close();
  }

  private MemorySegment random(Random random) {
    MemorySegment x = arena.allocate(LENGTH * 4L, 4);
    for (int i = 0; i < LENGTH; i++) {
      x.setAtIndex(JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    return x;
  }

  private Sgd.State empty() {
    return new Sgd.State(arena.allocate(LENGTH * 4L), arena.allocate(LENGTH * 4L));
  }

  @Test
  void looksAheadAsNesterovDoes() {
    Random random = new Random(1);
    Sgd.State from = new Sgd.State(random(random), random(random));
    Sgd.State to = empty();
    MemorySegment gradient = random(random);
    SGD.step(new Sgd.Scalars(0.01f, 0.25f), from, to, gradient, DECAYED);
    for (int i = 0; i < LENGTH; i++) {
      int at = i;
      double g = gradient.getAtIndex(JAVA_FLOAT, i) * 0.25;
      double m = 0.9 * from.velocity().getAtIndex(JAVA_FLOAT, i) + g;
      double p = from.parameters().getAtIndex(JAVA_FLOAT, i);
      boolean decays = DECAYED.stream().anyMatch(r -> at >= r.from() && at < r.to());
      p -= decays ? 0.01 * 0.1 * p : 0;
      p -= 0.01 * (g + 0.9 * m);
      assertEquals(m, to.velocity().getAtIndex(JAVA_FLOAT, i), 1e-6, "velocity " + i);
      assertEquals(p, to.parameters().getAtIndex(JAVA_FLOAT, i), 1e-6, "parameter " + i);
    }
  }

  @Test
  void givesTheSameBitsHoweverTheVectorIsCut() {
    Random random = new Random(3);
    Sgd.State from = new Sgd.State(random(random), random(random));
    MemorySegment gradient = random(random);
    Sgd.Scalars scalars = new Sgd.Scalars(0.01f, 0.3f);
    Sgd.State whole = empty();
    SGD.step(scalars, from, whole, gradient, DECAYED);
    // A cut of one element runs the scalar chain, so this compares vector and scalar code too.
    for (int cut : new int[] {1, 3, 16, 50, 101}) {
      Sgd.State pieces = empty();
      for (int start = 0; start < LENGTH; start += cut) {
        int end = Math.min(LENGTH, start + cut);
        List<Range> clipped = new ArrayList<>();
        for (Range range : DECAYED) {
          long first = Math.max(range.from(), start);
          long last = Math.min(range.to(), end);
          if (first < last) {
            clipped.add(new Range(first - start, last - start));
          }
        }
        long at = start * 4L;
        long bytes = (end - start) * 4L;
        SGD.step(
            scalars,
            new Sgd.State(from.parameters().asSlice(at, bytes), from.velocity().asSlice(at, bytes)),
            new Sgd.State(
                pieces.parameters().asSlice(at, bytes), pieces.velocity().asSlice(at, bytes)),
            gradient.asSlice(at, bytes),
            clipped);
      }
      assertEquals(-1, whole.parameters().mismatch(pieces.parameters()), "cut " + cut);
      assertEquals(-1, whole.velocity().mismatch(pieces.velocity()), "cut " + cut);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThrows(IllegalArgumentException.class, () -> new Sgd(1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Sgd(0, -1));
    assertThrows(IllegalArgumentException.class, () -> new Sgd.Scalars(-1, 1));
    Sgd.State state = empty();
    MemorySegment small = arena.allocate(4);
    assertThrows(
        IllegalArgumentException.class,
        () -> SGD.step(new Sgd.Scalars(0, 1), state, empty(), small, List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            SGD.step(
                new Sgd.Scalars(0, 1),
                state,
                empty(),
                state.velocity(),
                List.of(new Range(0, LENGTH + 1))));
  }
}
