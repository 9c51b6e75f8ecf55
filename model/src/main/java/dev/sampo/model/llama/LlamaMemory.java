package dev.sampo.model.llama;

import dev.sampo.device.Precision;

/**
 * What a model takes of its device's memory, computed beforehand: a pure function of what is in a
 * job. A test holds it against what the device counts.
 *
 * @param parameterBytes the parameters in the device's precision, if that is not f32
 * @param blockBytes what all blocks keep for backward
 * @param endBytes the two ends of the model, the table of positions, and backward's own room
 */
public record LlamaMemory(long parameterBytes, long blockBytes, long endBytes) {
  /**
   * The memory of a model, with room for one batch.
   *
   * @param sequences sequences of a micro-batch
   * @param precision of the device
   * @param dropout the rate at which activations are dropped
   */
  public static LlamaMemory of(
      LlamaShape shape, int sequences, Precision precision, float dropout) {
    boolean full = precision == Precision.F32;
    long f = Float.BYTES;
    long e = precision.bytes();
    long r = (long) sequences * shape.context();
    long narrow = r * shape.width();
    long packed = r * shape.packed();
    long inner = 3 * r * shape.inner();
    long logits = r * shape.vocabulary();
    long softmax = 2 * r * shape.heads();
    long block = (2 * r + softmax + 2 * narrow) * f + (3 * narrow + packed + inner) * e;
    long scratch =
        (narrow + (dropout > 0 ? narrow : 0)) * f + (packed + inner + (full ? 0 : narrow)) * e;
    long table = (long) shape.context() * shape.headWidth() * f;
    long ends = (2 * narrow + 2 * r + logits) * f + (narrow + (full ? 0 : logits)) * e;
    long batch = 2 * r * Integer.BYTES;
    return new LlamaMemory(
        full ? 0 : shape.layout().total() * e,
        shape.layers() * block,
        scratch + table + ends + batch);
  }

  /** All of it. */
  public long bytes() {
    return parameterBytes + blockBytes + endBytes;
  }
}
