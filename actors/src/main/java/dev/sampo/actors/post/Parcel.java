package dev.sampo.actors.post;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * One message of the protocol on its way.
 *
 * @param index of the shard or the device, where the role has several
 * @param job whose replica or worker is meant; null for the register
 */
public record Parcel(
    Member from,
    Member to,
    Role role,
    int index,
    @Nullable JobId job,
    @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS) Message body)
    implements Post.Command, Wire {
  /** Means every device of a node: an owner need not know which of them pushed a piece. */
  public static final int ALL_DEVICES = -1;
}
