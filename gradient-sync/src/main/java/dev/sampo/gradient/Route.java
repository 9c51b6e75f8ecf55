package dev.sampo.gradient;

/** The ways on which a stream can reach a peer. */
public enum Route {
  /** The peer runs on this machine: its media driver's memory is written directly. */
  SHARED_MEMORY,
  /** UDP. */
  NETWORK
}
