package dev.sampo.protocol;

/** A coordinator's reign. The counter is on its own disk before anyone hears of it. */
public record Term(long counter, NodeId node) implements Comparable<Term> {
  @Override
  public int compareTo(Term other) {
    int byCounter = Long.compare(counter, other.counter);
    return byCounter != 0 ? byCounter : node.compareTo(other.node);
  }

  @Override
  public String toString() {
    return counter + "@" + node;
  }
}
