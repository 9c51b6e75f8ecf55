package dev.sampo.config;

/**
 * When a job is evaluated on the text that is held out.
 *
 * @param everySteps after so many steps, 0 for the last version alone
 * @param tokens that are predicted each time, about; 0 for no evaluation
 * @param stopAfter evaluations in a row without a better loss that end the job, 0 for never
 */
public record EvaluationConfig(int everySteps, int tokens, int stopAfter) {}
