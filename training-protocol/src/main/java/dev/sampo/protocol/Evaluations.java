package dev.sampo.protocol;

/**
 * What the evaluations of a job have come to, as its register holds it.
 *
 * @param last the newest version that was evaluated
 * @param best the version with the least loss so far, the first of equal ones
 * @param sinceBest evaluations after the best, all without a better loss
 */
public record Evaluations(HeldOutLoss last, HeldOutLoss best, int sinceBest) {
  public static final Evaluations NONE = new Evaluations(HeldOutLoss.NONE, HeldOutLoss.NONE, 0);

  /** These and the next one. A loss that is not a number is worse than any other. */
  Evaluations and(HeldOutLoss next) {
    boolean better = Double.compare(next.loss(), best.loss()) < 0;
    return new Evaluations(next, better ? next : best, better ? 0 : sinceBest + 1);
  }

  /** Whether the job is to end, since it gets no better. */
  public boolean endBy(EvaluationRule rule) {
    return rule.stopAfter() > 0 && sinceBest >= rule.stopAfter();
  }
}
