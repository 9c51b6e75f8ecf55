package dev.sampo.protocol.register;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Term;
import org.jspecify.annotations.Nullable;

/** What a voter must never forget. It only grows. */
public record VoterState(@Nullable Term promised, @Nullable Ballot accepted) {
  public static final VoterState EMPTY = new VoterState(null, null);

  /**
   * The number of the last accepted loss of voters that it knows of, 0 for none: its node obeys no
   * coordinator of a lower generation, after a restart either.
   */
  public long loss() {
    return accepted == null ? 0 : accepted.configuration().orders().loss();
  }
}
