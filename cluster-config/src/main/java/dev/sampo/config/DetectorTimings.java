package dev.sampo.config;

import java.time.Duration;

/**
 * When silence counts as death. Safety never rests on these: a false alarm costs work, no bits.
 *
 * @param beatInterval between two beats of a node on the data plane
 * @param suspectAfter silence after which a node's leases are granted to others
 * @param heartbeatInterval between two heartbeats of Pekko's failure detector
 * @param acceptablePause silence that Pekko forgives before a member is unreachable
 * @param stableAfter how long membership must stand still before the split-brain resolver acts
 */
public record DetectorTimings(
    Duration beatInterval,
    Duration suspectAfter,
    Duration heartbeatInterval,
    Duration acceptablePause,
    Duration stableAfter) {}
