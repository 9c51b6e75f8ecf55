/**
 * Snapshots: all shards of a job at one committed version, as files that any tool reads.
 *
 * <p>{@link dev.sampo.parameter.snapshot.SnapshotFolder} is where a job's snapshots lie. Each
 * shard's node writes its part there, by itself; when all are written, one of them publishes the
 * {@link dev.sampo.parameter.snapshot.Manifest}, and only then is there a snapshot. {@link
 * dev.sampo.parameter.snapshot.Snapshot} reads one back, into shards of any cut.
 *
 * <pre>
 * snapshots/
 *   v000000001200/
 *     shard-000.safetensors    parameters, state.0, state.1 of shard 0, as flat F32 vectors
 *     shard-001.safetensors
 *     manifest.json            renamed into place last
 * </pre>
 *
 * Every file is written under another name, synced, then renamed. A folder without a manifest is
 * what an unfinished writing left, or one under way; it is no snapshot, and goes when a newer one
 * is there.
 *
 * <p>Threading: everything may be called from any thread that may wait for the disk. The package
 * knows nothing of who decides when a snapshot is taken: the version that is written must stay as
 * it is meanwhile, which a copy of the side sees to.
 */
@NullMarked
package dev.sampo.parameter.snapshot;

import org.jspecify.annotations.NullMarked;
