package dev.sampo.config;

/**
 * The fixed global batch of a step.
 *
 * @param slots S, the leaves of the canonical tree: what a step can be divided into at most
 * @param accumulation micro-batches added in order within a slot
 * @param sequences sequences of a micro-batch
 * @param grain slots whose summed gradient is rounded to bf16 and travels so; 0 for none
 */
public record BatchConfig(int slots, int accumulation, int sequences, int grain) {

  /** Sequences that one step learns from. */
  public long sequencesPerStep() {
    return (long) slots * accumulation * sequences;
  }
}
