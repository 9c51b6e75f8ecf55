package dev.sampo.gradient;

/**
 * Why arriving bytes were not applied. Counted once for the transfer it ended; where no transfer
 * can be told (a damaged frame), once for the frame.
 */
public enum Refusal {
  /**
   * No frame of ours: wrong magic or layout version, unknown kind, lengths or bounds that cannot
   * be.
   */
  MALFORMED,
  /** The checksum does not match the bytes. */
  CHECKSUM,
  /** Addressed to another incarnation than the one that listens here. */
  OTHER_RECEIVER,
  /** Sent by an incarnation that a newer one has replaced. */
  OLD_INCARNATION,
  /** A chunk whose transfer did not begin here, or not the next one of it. */
  OUT_OF_ORDER,
  /** Longer than the plane takes. */
  TOO_LONG,
  /** The sink wants none of it. */
  SINK,
  /** The sink threw, or gave memory that is too small or cannot be written. */
  SINK_FAILED
}
