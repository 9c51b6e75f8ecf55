/**
 * {@code sampo bench shard}: what a parameter shard does to memory and disk. {@link
 * dev.sampo.bench.shard.ShardBench} is the command; its parts each measure one thing on real shards
 * in a real store.
 */
@NullMarked
package dev.sampo.bench.shard;

import org.jspecify.annotations.NullMarked;
