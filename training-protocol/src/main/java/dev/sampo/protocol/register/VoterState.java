package dev.sampo.protocol.register;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.message.Message;
import org.jspecify.annotations.Nullable;

/** What a voter must never forget. It only grows. */
public record VoterState(@Nullable Term promised, @Nullable Ballot accepted) {
  public static final VoterState EMPTY = new VoterState(null, null);

  /** The number of the last accepted loss of voters that it knows of, 0 for none. */
  public long loss() {
    return accepted == null ? 0 : accepted.configuration().orders().loss();
  }

  /**
   * Whether a node that knew this when it started leaves a message alone: it begins something for a
   * coordinator that goes on without an accepted loss. The node's voter tells that coordinator so.
   */
  public boolean ignores(Message message) {
    return switch (message) {
      case Message.Configured m -> m.fence().generation() < loss();
      case Message.Report m -> m.fence().generation() < loss();
      default -> false;
    };
  }
}
