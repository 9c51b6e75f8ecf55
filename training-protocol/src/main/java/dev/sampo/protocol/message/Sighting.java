package dev.sampo.protocol.message;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.WorkerId;
import java.util.Objects;

/**
 * What an owner has seen of one audited slot from one worker.
 *
 * @param piece the digest of the bytes that came, over this owner's shard
 * @param fate what became of them
 */
public record Sighting(int slot, WorkerId from, Digest piece, Fate fate) {
  /** What an owner does with a piece. */
  public enum Fate {
    /** It is added up: one of each slot is. */
    TAKEN,
    /** The owner had the slot already; it was only looked at. */
    COMPARED
  }

  public Sighting {
    Objects.requireNonNull(fate);
  }

  public boolean isTaken() {
    return fate == Fate.TAKEN;
  }
}
