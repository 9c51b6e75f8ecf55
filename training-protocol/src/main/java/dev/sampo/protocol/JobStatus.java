package dev.sampo.protocol;

/** Where a job stands in its life. */
public enum JobStatus {
  /** Accepted, version 0 not yet everywhere. Only now may version 0 be written. */
  CREATED,
  RUNNING,
  /** Version {@code steps} is committed. */
  FINISHED,
  /** Stopped by a rule (corrupt, too many skipped steps); the configuration says why. */
  STOPPED
}
