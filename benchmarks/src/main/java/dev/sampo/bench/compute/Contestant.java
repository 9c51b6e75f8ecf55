package dev.sampo.bench.compute;

import java.util.ArrayList;
import java.util.List;

/** One side of the comparison, and its steps so far. */
final class Contestant {
  /** Runs some steps and returns the seconds of each. */
  interface Round {
    List<Double> run(int steps);
  }

  private final String name;
  private final Round round;
  private final List<Double> seconds = new ArrayList<>();

  Contestant(String name, Round round) {
    this.name = name;
    this.round = round;
  }

  String name() {
    return name;
  }

  /** Runs some steps that do not count, then some that do. */
  void run(int idle, int steps) {
    round.run(idle);
    seconds.addAll(round.run(steps));
  }

  /** The median of all steps. */
  double medianSeconds() {
    List<Double> sorted = seconds.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }
}
