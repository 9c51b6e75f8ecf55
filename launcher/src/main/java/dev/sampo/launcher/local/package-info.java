/**
 * A cluster of real node processes on this machine, for demonstrations and chaos runs.
 *
 * <p>{@link dev.sampo.launcher.local.LocalCluster} starts, kills and ends the processes; {@link
 * dev.sampo.launcher.local.LocalRun} trains a job on such a cluster and keeps the {@link
 * dev.sampo.launcher.ledger.RunLedger} of it; {@link dev.sampo.launcher.local.Drill} kills nodes of
 * such a run on the way; {@link dev.sampo.launcher.local.Screen} is what a person sees of it.
 *
 * <p>Threading: one thread at a time; a shutdown hook ends processes that are left.
 *
 * <p>Must not know: what the faults are for, and how the cluster recovers. It kills what it is told
 * to kill, and looks from outside, as an operator would.
 */
@NullMarked
package dev.sampo.launcher.local;

import org.jspecify.annotations.NullMarked;
