package dev.sampo.parameter;

import dev.sampo.protocol.Decision;

/**
 * The scalars of one optimizer step, equal for all shards.
 *
 * @param timeStep AdamW's t, from 1: the version that the step leads to. Skipped steps count too,
 *     since a record does not tell how many there were; bias corrections are then nearer to 1 than
 *     the moments are full, by as many steps
 * @param learningRate of this step
 * @param gradientScale by what the summed gradient is multiplied: the clip scale over the slots
 */
public record StepScalars(long timeStep, double learningRate, float gradientScale) {
  /**
   * Of a step that was decided.
   *
   * @param slots by which the summed gradient is divided
   */
  static StepScalars of(Decision decision, int slots) {
    return new StepScalars(
        decision.step() + 1, decision.learningRate(), (float) (decision.clipScale() / slots));
  }
}
