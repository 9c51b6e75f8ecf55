package dev.sampo.protocol.message;

/** What an owner says of a piece that was pushed to it. */
public enum Verdict {
  /** Taken now, or had already, or no longer needed: the pusher need not push it again. */
  COVERED,
  /** Cannot be taken yet: push it again. */
  NOT_YET,
  /** Computed from other parameters than the committed ones: worthless. */
  REFUSED
}
