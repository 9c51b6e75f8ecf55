/**
 * One replica of one parameter shard: {@link dev.sampo.protocol.shard.Replica} decides, and {@link
 * dev.sampo.protocol.shard.ShardMemory} is the memory that it decides about.
 *
 * <p>Threading: a replica and its memory belong to one thread. It knows nothing of how bytes travel
 * or where they are stored.
 */
@NullMarked
package dev.sampo.protocol.shard;

import org.jspecify.annotations.NullMarked;
