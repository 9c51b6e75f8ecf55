package dev.sampo.protocol.register;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Term;
import org.jspecify.annotations.Nullable;

/** What a voter must never forget. It only grows. */
public record VoterState(@Nullable Term promised, @Nullable Ballot accepted) {
  public static final VoterState EMPTY = new VoterState(null, null);
}
