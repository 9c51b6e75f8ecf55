package dev.sampo.actors.job;

import dev.sampo.config.BatchConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.device.Precision;
import dev.sampo.model.ModelOptions.Activations;

/**
 * How a device computes a slot, as far as its memory depends on it.
 *
 * @param sequences of a micro-batch
 * @param accumulation micro-batches of a slot
 */
record DeviceLoad(int sequences, int accumulation, Precision precision, Activations activations) {
  /** As the job says. */
  static DeviceLoad of(PinnedJob job, Activations activations) {
    BatchConfig batch = job.recipe().batch();
    return new DeviceLoad(
        batch.sequences(), batch.accumulation(), JobModel.precisionOf(job), activations);
  }

  DeviceLoad recomputed() {
    return new DeviceLoad(sequences, accumulation, precision, Activations.RECOMPUTED);
  }

  /** The same tokens in twice as many micro-batches. */
  DeviceLoad halved() {
    return new DeviceLoad(sequences / 2, 2 * accumulation, precision, activations);
  }

  DeviceLoad in(Precision other) {
    return new DeviceLoad(sequences, accumulation, other, activations);
  }
}
