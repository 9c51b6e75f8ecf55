/**
 * {@code sampo bench sync}: the tensor plane beside Gloo, raw Aeron and plain copying, on this
 * machine. Each side runs in three processes; every process measures its own rounds, and the sides
 * take turns, so that a busy machine is busy for all.
 *
 * <p>{@link dev.sampo.bench.sync.SyncBench} is the command. {@code PlaneExchange} is what a process
 * of ours does, {@code AeronExchange} the same traffic with Aeron alone.
 */
@NullMarked
package dev.sampo.bench.sync;

import org.jspecify.annotations.NullMarked;
