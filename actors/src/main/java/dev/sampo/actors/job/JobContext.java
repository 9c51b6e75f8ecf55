package dev.sampo.actors.job;

import dev.sampo.actors.event.EventLog;
import dev.sampo.actors.plane.DataPlane;
import dev.sampo.actors.post.Parcel;
import dev.sampo.actors.post.Post;
import dev.sampo.actors.post.Role;
import dev.sampo.config.PinnedJob;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.message.Message;
import java.nio.file.Path;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What the actors of one job on one node share.
 *
 * @param self this life of this node
 * @param recipe the job as a person reads it
 * @param ranges how its parameters are cut into shards
 * @param folder of this job on this node
 * @param snapshots where snapshots of this job are put
 */
record JobContext(
    Member self,
    JobSpec spec,
    PinnedJob recipe,
    List<ShardRange> ranges,
    Path folder,
    Path snapshots,
    ActorRef<Post.Command> post,
    DataPlane plane,
    EventLog events,
    RunWatch watch) {

  JobId id() {
    return spec.id();
  }

  void send(Member to, Role role, int index, Message body) {
    post.tell(new Parcel(self, to, role, index, id(), body));
  }
}
