/**
 * A cluster of real node processes on this machine, for demonstrations and chaos runs.
 *
 * <p>{@link dev.sampo.launcher.local.LocalCluster} starts, kills and ends the processes; {@link
 * dev.sampo.launcher.local.LocalRun} trains a job on such a cluster and keeps the {@link
 * dev.sampo.launcher.ledger.RunLedger} of it.
 *
 * <p>Threading: one thread at a time; a shutdown hook ends processes that are left.
 *
 * <p>Must not know: what the faults are for. It kills what it is told to kill.
 */
@NullMarked
package dev.sampo.launcher.local;

import org.jspecify.annotations.NullMarked;
