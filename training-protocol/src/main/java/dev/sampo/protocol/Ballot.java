package dev.sampo.protocol;

/** A configuration and the term under which a voter accepted it. */
public record Ballot(Term term, Configuration configuration) {
  public Fence fence() {
    return configuration.under(term);
  }

  /** Whether a voter that holds {@code other} may take this one in its place. */
  public boolean isAbove(Ballot other) {
    int byTerm = term.compareTo(other.term);
    return byTerm > 0 || (byTerm == 0 && configuration.number() > other.configuration.number());
  }
}
