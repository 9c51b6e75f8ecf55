package dev.sampo.actors.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.config.ScheduleConfig;
import dev.sampo.config.ScheduleConfig.Curve;
import dev.sampo.config.ScheduleConfig.Shape;
import dev.sampo.protocol.LearningRate;
import org.junit.jupiter.api.Test;

final class JobsTest {
  @Test
  void everyShapeOfScheduleBecomesItsPhases() {
    LearningRate cosine = rate(Shape.COSINE, 0, Curve.LINEAR);
    assertEquals(1e-3, cosine.at(10));
    assertEquals(5.5e-4, cosine.at(55), 1e-12);
    assertEquals(1e-4, cosine.at(100));
    LearningRate constant = rate(Shape.CONSTANT, 0, Curve.LINEAR);
    assertEquals(5e-4, constant.at(4), 1e-12);
    assertEquals(1e-3, constant.at(99));
    LearningRate stable = rate(Shape.WSD, 20, Curve.LINEAR);
    assertEquals(1e-3, stable.at(80));
    assertEquals(5.5e-4, stable.at(90), 1e-12);
    assertEquals(1e-4, stable.at(100));
    assertEquals(5.5e-4, rate(Shape.WSD, 20, Curve.MINUS_SQRT).at(85), 1e-12);
    assertEquals(5.5e-4, rate(Shape.WSD, 20, Curve.COSINE).at(90), 1e-12);
  }

  private static LearningRate rate(Shape shape, int decaySteps, Curve curve) {
    return Jobs.learningRate(new ScheduleConfig(shape, 1e-3, 1e-4, 10, decaySteps, curve), 100);
  }
}
