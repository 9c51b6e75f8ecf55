package dev.sampo.bench.sync;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What two sides took that were measured in turns.
 *
 * @param ours milliseconds of each round, sorted
 * @param theirs the same
 */
record Comparison(String ourName, List<Double> ours, String theirName, List<Double> theirs) {

  /** Lets the sides take turns; each runs one turn before that counts. */
  static Comparison of(Side ours, Side theirs, int turns, int rounds) {
    List<Double> our = new ArrayList<>();
    List<Double> their = new ArrayList<>();
    for (int turn = -1; turn < turns; turn++) {
      List<Double> a = ours.rounds(rounds);
      List<Double> b = theirs.rounds(rounds);
      if (turn >= 0) {
        our.addAll(a);
        their.addAll(b);
      }
    }
    return new Comparison(ours.name(), sortedMs(our), theirs.name(), sortedMs(their));
  }

  private static List<Double> sortedMs(List<Double> seconds) {
    List<Double> ms = new ArrayList<>(seconds.stream().map(s -> s * 1e3).toList());
    Collections.sort(ms);
    return ms;
  }

  static double median(List<Double> sorted) {
    return sorted.get(sorted.size() / 2);
  }

  /** How many times as fast as theirs ours is, by the medians. */
  double ratio() {
    return median(theirs) / median(ours);
  }
}
