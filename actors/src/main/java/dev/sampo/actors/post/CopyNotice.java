package dev.sampo.actors.post;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Member;

/** Goes ahead of a whole version that is on its way over the data plane: what makes it valid. */
public record CopyNotice(Member to, JobId job, int shard, CommitRecord record)
    implements Post.Command, Wire {}
