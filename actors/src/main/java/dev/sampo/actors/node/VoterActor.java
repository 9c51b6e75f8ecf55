package dev.sampo.actors.node;

import dev.sampo.actors.post.Parcel;
import dev.sampo.actors.post.Post;
import dev.sampo.actors.post.Role;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToVoter;
import dev.sampo.protocol.register.Voter;
import dev.sampo.protocol.register.VoterDisk;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The node's voter. Its state is on disk before an answer leaves, so it runs where waiting is fine.
 */
final class VoterActor {
  private VoterActor() {}

  static Behavior<Post.Command> create(Member self, VoterDisk disk, ActorRef<Post.Command> post) {
    return Behaviors.setup(
        context -> {
          Voter voter = new Voter(disk);
          return Behaviors.receive(Post.Command.class)
              .onMessage(
                  Parcel.class,
                  question -> {
                    if (question.body() instanceof ToVoter asked) {
                      post.tell(replyTo(question, self, answer(voter, asked)));
                    }
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private static ToCoordinator answer(Voter voter, ToVoter asked) {
    return switch (asked) {
      case Prepare prepare -> voter.on(prepare);
      case Accept accept -> voter.on(accept);
    };
  }

  private static Parcel replyTo(Parcel question, Member self, ToCoordinator answer) {
    return new Parcel(self, question.from(), Role.COORDINATOR, 0, question.job(), answer);
  }
}
