package dev.sampo.parameter.snapshot;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.ShardRange;

/**
 * One shard's share of a snapshot, written and synced.
 *
 * @param file its name within the snapshot's folder
 * @param bytes its length
 * @param parameters the committed digest of the shard's parameters
 * @param state the committed digest of the optimizer's state
 */
public record ShardPart(
    ShardRange range, String file, long bytes, Digest parameters, Digest state) {}
