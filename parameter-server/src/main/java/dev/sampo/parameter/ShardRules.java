package dev.sampo.parameter;

import dev.sampo.device.Precision;

/**
 * What every shard of a job on one node works by.
 *
 * @param precision as which workers are given the parameters, and their digest sees them
 * @param slots S, by which a reduced gradient is divided
 * @param gradientBuffers the most gradients that one shard holds at a time
 * @param snapshots from where a run may begin
 */
public record ShardRules(
    ShardArithmetic arithmetic,
    Precision precision,
    int slots,
    int gradientBuffers,
    StoreRules store,
    SnapshotSource snapshots) {
  public ShardRules {
    if (slots < 1 || gradientBuffers < 1) {
      throw new IllegalArgumentException(
          "a shard needs slots and gradient buffers: slots="
              + slots
              + ", gradientBuffers="
              + gradientBuffers);
    }
  }

  /** Of a job whose runs all begin at version 0. */
  public ShardRules(
      ShardArithmetic arithmetic,
      Precision precision,
      int slots,
      int gradientBuffers,
      StoreRules store) {
    this(arithmetic, precision, slots, gradientBuffers, store, SnapshotSource.NONE);
  }

  /** Of such a job that computes in f32. */
  public ShardRules(ShardArithmetic arithmetic, int slots, int gradientBuffers, StoreRules store) {
    this(arithmetic, Precision.F32, slots, gradientBuffers, store);
  }
}
