package dev.sampo.protocol.coordinator;

/**
 * Time-outs of a coordinator; they decide when something is tried again, never what is true.
 *
 * @param retryMs after which an unanswered request is repeated
 * @param backOffMs after which a coordinator that was refused tries anew
 * @param leaseTimeoutMs after which slots that were granted but not covered are granted to others
 *     too
 * @param restartGraceMs how long a new reign waits for the other replicas of a shard of which only
 *     restarted ones are back
 * @param voterGraceMs after which a voter that is not there may be succeeded
 * @param doubtMs for how long a step may stand still before the replicas must check their bytes;
 *     twice as long each time that it was in vain
 */
public record CoordinatorSettings(
    long retryMs,
    long backOffMs,
    long leaseTimeoutMs,
    long restartGraceMs,
    long voterGraceMs,
    long doubtMs) {
  public static final CoordinatorSettings DEFAULT =
      new CoordinatorSettings(250, 500, 20_000, 10_000, 60_000, 60_000);
}
