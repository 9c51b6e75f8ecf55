package dev.sampo.launcher.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.actors.job.Observation;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.message.Message.Committed;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class CourseTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Evaluation EVALUATION = new Evaluation(2, 4096, 1);

  private final Course course =
      new Course(new Course.Scale(100, 512, 1e6, OptionalDouble.of(1e10)));

  @Test
  void tellsItsPaceItsShareAndWhenItWillEnd() {
    assertEquals(
        List.of(new TrainEvent.Begun(0), progress(0, 0, OptionalDouble.empty())),
        course.on(List.of(new Observation.Begun(0)), committed(0), 0));
    assertEquals(List.of(), course.on(List.of(), committed(3), SECOND), "not more than it is read");
    assertEquals(
        List.of(progress(10, 5 * 512, OptionalDouble.of(18))),
        course.on(List.of(), committed(10), 2 * SECOND));
  }

  @Test
  void tellsTheLastStepAtOnceAndOnlyOnce() {
    course.on(List.of(new Observation.Begun(98)), committed(98), 0);
    List<TrainEvent> events =
        course.on(
            List.of(new Observation.Committed(100), new Observation.Validated(100, EVALUATION)),
            committed(100),
            SECOND);
    assertEquals(2, events.size(), events::toString);
    assertEquals(100, ((TrainEvent.Progress) events.get(0)).step());
    assertEquals(new TrainEvent.Validation(100, EVALUATION), events.get(1));
    assertEquals(List.of(), course.on(List.of(), committed(100), 2 * SECOND));
    assertFalse(course.isOver());
    assertEquals(
        List.of(new TrainEvent.End(100, Optional.of(EVALUATION), "ab", Path.of("model"))),
        course.on(List.of(new Observation.Exported(Path.of("model"), "ab")), null, 3 * SECOND));
    assertTrue(course.isOver());
  }

  @Test
  void knowsTheLastCommittedStepFromWhicheverNewsIsNewest() {
    course.on(List.of(new Observation.Begun(40)), null, 0);
    assertEquals(40, course.committed());
    course.on(List.of(), committed(41), 1);
    course.on(List.of(new Observation.Committed(43)), null, 2);
    assertEquals(43, course.committed());
    course.on(List.of(), committed(42), 3);
    assertEquals(43, course.committed());
  }

  @Test
  void saysOnceWhyThereIsNoValidation() {
    Observation short1 = new Observation.NotValidated(10, "too short");
    Observation short2 = new Observation.NotValidated(20, "too short");
    assertEquals(
        List.of(new TrainEvent.NoValidation(10, "too short")),
        course.on(List.of(short1, short2), null, 0));
    Observation other = new Observation.NotValidated(100, "the device is closed");
    course.on(List.of(other, new Observation.Exported(Path.of("m"), "ab")), null, 0);
    assertTrue(course.isOver());
  }

  private static TrainEvent progress(long step, double tokensPerSecond, OptionalDouble eta) {
    OptionalDouble share =
        eta.isPresent() ? OptionalDouble.of(tokensPerSecond * 1e6 / 1e10) : OptionalDouble.empty();
    return new TrainEvent.Progress(step, 100, decision(step), tokensPerSecond, share, eta);
  }

  private static Committed committed(long version) {
    Fence fence = new Fence(0, new Term(1, new NodeId("a")), 1);
    return new Committed(fence, version, decision(version), List.of(), List.of());
  }

  private static Decision decision(long version) {
    return new Decision(version - 1, 1, 1e-3, false, 0, 2.5, 0.5);
  }
}
