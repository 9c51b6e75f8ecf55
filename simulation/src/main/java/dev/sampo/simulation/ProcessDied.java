package dev.sampo.simulation;

/** Thrown out of the middle of a write: the process is gone, and the write is half done. */
final class ProcessDied extends RuntimeException {
  private static final long serialVersionUID = 1;

  ProcessDied() {
    super("killed in the middle of a write", null, false, false);
  }
}
