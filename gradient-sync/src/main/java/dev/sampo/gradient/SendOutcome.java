package dev.sampo.gradient;

/** How an accepted transfer ended at the sender's side. */
public enum SendOutcome {
  /**
   * Every byte has left the payload, which is the caller's again. No acknowledgement: the receiver
   * may have refused or lost it.
   */
  SENT,
  /** The peer could not be reached, or fell silent, for the liveness time-out. */
  PEER_LOST,
  /** The peer was disconnected, or replaced by a new incarnation of itself. */
  DISCONNECTED,
  /** The payload could not be read: its arena was closed too early. */
  PAYLOAD_UNREADABLE,
  /** The plane was closed. */
  CLOSED
}
