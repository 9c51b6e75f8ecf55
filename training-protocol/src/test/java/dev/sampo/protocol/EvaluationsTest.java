package dev.sampo.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EvaluationsTest {
  private static HeldOutLoss loss(long version, double nats) {
    return new HeldOutLoss(version, nats, 2);
  }

  @Test
  void everySoManyStepsAndTheLastVersionAreDue() {
    EvaluationRule rule = new EvaluationRule(4, 3, 0);
    assertFalse(rule.isDue(0, 10));
    assertTrue(rule.isDue(4, 10));
    assertFalse(rule.isDue(5, 10));
    assertTrue(rule.isDue(10, 10));
    assertTrue(new EvaluationRule(0, 3, 0).isDue(10, 10), "the last one alone");
    assertFalse(new EvaluationRule(0, 3, 0).isDue(4, 10));
    assertFalse(EvaluationRule.NONE.isDue(10, 10));
  }

  @Test
  void onlyAStrictlyBetterLossIsBetter() {
    Evaluations evaluations =
        Evaluations.NONE.and(loss(4, 6)).and(loss(8, 5)).and(loss(12, 5)).and(loss(16, 5.5));
    assertEquals(loss(16, 5.5), evaluations.last());
    assertEquals(loss(8, 5), evaluations.best());
    assertEquals(2, evaluations.sinceBest());
    assertEquals(0, evaluations.and(loss(20, 4)).sinceBest());
    assertTrue(evaluations.endBy(new EvaluationRule(4, 1, 2)));
    assertFalse(evaluations.endBy(new EvaluationRule(4, 1, 3)));
    assertFalse(evaluations.endBy(new EvaluationRule(4, 1, 0)), "never");
  }

  @Test
  void aLossThatIsNotANumberIsWorseThanAnyOther() {
    Evaluations lost = Evaluations.NONE.and(loss(1, Double.NaN)).and(loss(2, Double.NaN));
    assertEquals(2, lost.sinceBest());
    Evaluations found = lost.and(loss(3, 7));
    assertEquals(loss(3, 7), found.best());
    assertEquals(1, found.and(loss(4, Double.NaN)).sinceBest());
  }
}
