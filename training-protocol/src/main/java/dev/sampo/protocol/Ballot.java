package dev.sampo.protocol;

import java.util.Comparator;

/** A configuration and the term under which a voter accepted it. */
public record Ballot(Term term, Configuration configuration) {
  /**
   * By what a voter may take one in place of another, and by what a coordinator finds the newest.
   * Terms order what majorities choose; an accepted loss is above all that goes without it, since
   * there no majorities meet.
   */
  public static final Comparator<Ballot> ORDER =
      Comparator.comparingLong((Ballot ballot) -> ballot.configuration.orders().loss())
          .thenComparing(Ballot::term)
          .thenComparingLong(ballot -> ballot.configuration.number());

  public Fence fence() {
    return configuration.under(term);
  }

  /** Whether a voter that holds {@code other} may take this one in its place. */
  public boolean isAbove(Ballot other) {
    return ORDER.compare(this, other) > 0;
  }
}
