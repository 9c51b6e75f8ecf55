package dev.sampo.model.transformer;

import dev.sampo.device.Precision;

/**
 * The size of some tensors on a device.
 *
 * @param full elements in f32
 * @param rounded elements in the device's precision
 */
public record Elements(long full, long rounded) {
  /** Of both kinds together. */
  public long bytes(Precision precision) {
    return full * Float.BYTES + rounded * precision.bytes();
  }
}
