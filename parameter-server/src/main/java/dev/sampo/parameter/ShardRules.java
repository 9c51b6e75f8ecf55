package dev.sampo.parameter;

/**
 * What every shard of a job on one node works by.
 *
 * @param slots S, by which a reduced gradient is divided
 * @param gradientBuffers the most gradients that one shard holds at a time
 */
public record ShardRules(
    ShardArithmetic arithmetic, int slots, int gradientBuffers, StoreRules store) {
  public ShardRules {
    if (slots < 1 || gradientBuffers < 1) {
      throw new IllegalArgumentException(
          "a shard needs slots and gradient buffers: slots="
              + slots
              + ", gradientBuffers="
              + gradientBuffers);
    }
  }
}
