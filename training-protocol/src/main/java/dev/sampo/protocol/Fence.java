package dev.sampo.protocol;

import java.util.Comparator;

/**
 * Who may act: every message of a coordinator carries its fence, receivers keep the highest and
 * refuse lower ones. One fence for the whole job; every change of configuration raises it.
 */
public record Fence(long generation, Term term, long number) implements Comparable<Fence> {
  private static final Comparator<Fence> ORDER =
      Comparator.comparingLong(Fence::generation)
          .thenComparing(Fence::term)
          .thenComparingLong(Fence::number);

  @Override
  public int compareTo(Fence other) {
    return ORDER.compare(this, other);
  }

  public boolean isBelow(Fence other) {
    return compareTo(other) < 0;
  }

  @Override
  public String toString() {
    return generation + "/" + term + "/" + number;
  }
}
