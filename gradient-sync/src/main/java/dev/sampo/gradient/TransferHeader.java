package dev.sampo.gradient;

import dev.sampo.gradient.codec.Codec;

/**
 * What one transfer carries. Travels in front of every chunk of it.
 *
 * @param kind what the bytes are
 * @param job the job they belong to
 * @param step the step, or the version, they belong to
 * @param base tells apart the states a gradient may have been computed from (the leading bytes of
 *     the base hash); 0 where it says nothing
 * @param shard index of the parameter shard
 * @param firstSlot first slot of the canonical tree node, or of a copy the index of its block; 0
 *     where there is none
 * @param slots number of slots of the tree node; 0 where there is none
 * @param offset where the bytes begin within the shard's tensor, in bytes; of a piece, which is
 *     whole always, the index of the device that made it
 * @param lengthBytes number of bytes, at least 1, in memory: as f32, whatever the codec
 * @param codec how they travel; a sink sees f32 again, rounded if the codec rounds
 */
public record TransferHeader(
    Kind kind,
    long job,
    long step,
    long base,
    int shard,
    int firstSlot,
    int slots,
    long offset,
    long lengthBytes,
    Codec codec) {

  public TransferHeader {
    if (shard < 0 || firstSlot < 0 || slots < 0 || offset < 0 || lengthBytes < 1) {
      throw new IllegalArgumentException(
          "a transfer has no negative fields and at least one byte: shard=%d, firstSlot=%d, slots=%d, offset=%d, lengthBytes=%d"
              .formatted(shard, firstSlot, slots, offset, lengthBytes));
    }
    if (!codec.takes(lengthBytes)) {
      throw new IllegalArgumentException(
          "a codec takes whole numbers: codec=%s, lengthBytes=%d".formatted(codec, lengthBytes));
    }
  }

  /** A transfer whose bytes travel as they are. */
  public TransferHeader(
      Kind kind,
      long job,
      long step,
      long base,
      int shard,
      int firstSlot,
      int slots,
      long offset,
      long lengthBytes) {
    this(kind, job, step, base, shard, firstSlot, slots, offset, lengthBytes, Codec.F32);
  }

  /** The same, of another node or block. */
  public TransferHeader withFirstSlot(int value) {
    return new TransferHeader(
        kind, job, step, base, shard, value, slots, offset, lengthBytes, codec);
  }

  /** The same, travelling in another form. */
  public TransferHeader withCodec(Codec value) {
    return new TransferHeader(
        kind, job, step, base, shard, firstSlot, slots, offset, lengthBytes, value);
  }
}
