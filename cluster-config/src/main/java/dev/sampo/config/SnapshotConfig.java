package dev.sampo.config;

/**
 * When a job leaves snapshots by itself.
 *
 * @param everySteps after so many steps, 0 for never
 * @param keep how many of the newest are kept
 */
public record SnapshotConfig(int everySteps, int keep) {}
