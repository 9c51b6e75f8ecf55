package dev.sampo.protocol.message;

/** How much a replica must doubt itself before it reports. */
public enum Scrutiny {
  NONE,
  /** Bytes may have flipped: compare both sides, and the gradient, with their hashes. */
  BYTES,
  /** The bytes are what they were, and replicas differ still: make the newest version once more. */
  ARITHMETIC
}
