package dev.sampo.protocol.message;

import dev.sampo.protocol.CommitRecord;

/**
 * What became of one shard's part of a snapshot.
 *
 * @param record of the version that was written
 * @param bytes the length of its file
 * @param failure why there is none; empty if there is
 */
public record WrittenPart(int shard, CommitRecord record, long bytes, String failure) {}
