package dev.sampo.actors.post;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Member;

/**
 * Goes ahead of a block of a version that is on its way over the data plane: what it is of.
 *
 * @param fence under which it was asked for
 * @param record of the version
 */
public record CopyNotice(
    Member to, JobId job, int shard, Fence fence, int block, CommitRecord record)
    implements Post.Command, Wire {}
