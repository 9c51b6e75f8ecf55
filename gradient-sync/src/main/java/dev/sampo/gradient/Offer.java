package dev.sampo.gradient;

/** The immediate answer to {@link TensorPlane#send}. */
public enum Offer {
  /** Queued; {@code done} will run exactly once. */
  ACCEPTED,
  /**
   * The peer's queue is full; {@code done} will not run. A place is free when an earlier one's
   * {@code done} runs.
   */
  BACK_PRESSURED,
  /**
   * No such peer, or nothing has been heard of it for the liveness time-out; {@code done} will not
   * run.
   */
  NOT_CONNECTED
}
