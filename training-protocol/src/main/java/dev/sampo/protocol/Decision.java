package dev.sampo.protocol;

/**
 * What a step does to every shard besides its gradient: decided once by a coordinator from all
 * shards' gradients, and kept in the commit records, since recovery must repeat it.
 *
 * @param step leads from version {@code step} to {@code step + 1}
 * @param clipScale by what the gradient is multiplied (before the division by the slots)
 * @param skip the gradient was not finite: version step+1 is a copy of version step
 * @param skipsInARow skipped steps up to and including this one
 * @param loss the mean loss of the step in nats a token; NaN when skipped
 * @param gradientNorm the global norm of the mean gradient before clipping; NaN when skipped
 */
public record Decision(
    long step,
    double clipScale,
    double learningRate,
    boolean skip,
    int skipsInARow,
    double loss,
    double gradientNorm) {}
