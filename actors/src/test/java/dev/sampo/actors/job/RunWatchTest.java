package dev.sampo.actors.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class RunWatchTest {
  private static final long STEPS = 10;

  @Test
  void whichVersionsAreValidatedFollowsFromTheirNumber() {
    assertEquals(List.of(4L, 8L, 10L), due(new RunWatch(4, 100, seen -> {})));
    assertEquals(List.of(5L, 10L), due(new RunWatch(5, 100, seen -> {})));
    assertEquals(List.of(10L), due(new RunWatch(0, 100, seen -> {})));
    assertEquals(List.of(), due(new RunWatch(4, 0, seen -> {})));
    assertFalse(RunWatch.NOBODY.isDue(STEPS, STEPS));
    assertThrows(IllegalArgumentException.class, () -> new RunWatch(-1, 0, seen -> {}));
  }

  private static List<Long> due(RunWatch watch) {
    return LongStream.rangeClosed(0, STEPS)
        .filter(version -> watch.isDue(version, STEPS))
        .boxed()
        .toList();
  }
}
