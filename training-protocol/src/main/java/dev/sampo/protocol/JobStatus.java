package dev.sampo.protocol;

/** Where a job stands in its life. */
public enum JobStatus {
  /**
   * Accepted, the version that it begins with not yet everywhere. Only now may version 0 be
   * written, or a snapshot loaded.
   */
  CREATED,
  RUNNING,
  /** Version {@code steps} is committed. */
  FINISHED,
  /** Stopped by a rule (corrupt, too many skipped steps); the configuration says why. */
  STOPPED
}
