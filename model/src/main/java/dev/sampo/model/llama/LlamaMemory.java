package dev.sampo.model.llama;

/**
 * What a model takes of its device's memory, computed beforehand: a pure function of what is in a
 * job. A test holds it against what the device counts.
 *
 * @param blockBytes what all blocks keep for backward
 * @param endBytes the two ends of the model, the table of positions, and backward's own room
 */
public record LlamaMemory(long blockBytes, long endBytes) {
  /**
   * The memory of a model, with room for one batch.
   *
   * @param sequences sequences of a micro-batch
   */
  public static LlamaMemory of(LlamaShape shape, int sequences) {
    long r = (long) sequences * shape.context();
    long narrow = r * shape.width();
    long packed = r * shape.packed();
    long inner = r * shape.inner();
    long block = 2 * r + 5 * narrow + packed + 3 * inner;
    long scratch = narrow + packed + 3 * inner;
    long table = (long) shape.context() * shape.headWidth();
    long ends = 3 * narrow + 2 * r + r * shape.vocabulary();
    long batch = 2 * r;
    return new LlamaMemory(
        shape.layers() * block * Float.BYTES, (scratch + table + ends + batch) * Float.BYTES);
  }

  /** All of it. */
  public long bytes() {
    return blockBytes + endBytes;
  }
}
