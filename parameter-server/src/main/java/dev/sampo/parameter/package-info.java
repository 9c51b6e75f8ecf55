/**
 * Parameter shards at run time: their memory, which is at once their disk.
 *
 * <p>{@link dev.sampo.parameter.ShardStore} is one node's folder for one job. It opens {@link
 * dev.sampo.parameter.StoredShard}s, each the memory of one replica: two sides of blocks mapped
 * from a file, written in place, and the commit records that make a side a version. {@link
 * dev.sampo.parameter.GradientPool} lends the buffers in which gradients arrive; {@link
 * dev.sampo.parameter.SideCopy} is a whole side on its way to another replica. What is computed on
 * them is asked of {@link dev.sampo.parameter.ShardArithmetic}; {@link
 * dev.sampo.parameter.AdamWArithmetic} is the usual one, and {@link
 * dev.sampo.parameter.MuonArithmetic} needs whole matrices in a shard ({@link
 * dev.sampo.parameter.ShardPlan}). Snapshots are in {@code dev.sampo.parameter.snapshot}.
 *
 * <p>Threading: a store may be used from any thread; a shard belongs to one; the pool and the
 * segments that it lends may cross threads as their Javadoc says.
 *
 * <p>It knows nothing of actors, of how bytes travel, or of which replica counts. A kill at any
 * moment leaves every version whose record was complete: a side that does not hash to its record is
 * no version. What a power cut leaves is for {@link dev.sampo.parameter.StoreSync} to say.
 */
@NullMarked
package dev.sampo.parameter;

import org.jspecify.annotations.NullMarked;
