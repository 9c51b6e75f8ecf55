package dev.sampo.simulation;

import dev.sampo.simulation.Schedule.Weather;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.TreeSet;

/**
 * Shortens a schedule that breaks a law: leaves ever smaller groups of faults out as long as some
 * law is still broken (Zeller's delta debugging), then the weather, kind by kind.
 */
final class Shrinker {
  /** Runs after which it takes what it has. */
  private static final int MAX_RUNS = 400;

  private final Sabotage sabotage;
  private int runs;

  Shrinker(Sabotage sabotage) {
    this.sabotage = sabotage;
  }

  /** The shortest schedule found; the given one if nothing can be left out. */
  Schedule shrink(Schedule failing) {
    Schedule shortest = failing;
    for (Weather kind : Weather.values()) {
      shortest = keepIfItFails(shortest.without(kind), shortest);
    }
    int group = Math.max(1, shortest.faults().size() / 2);
    while (true) {
      Schedule before = shortest;
      for (List<Integer> some : groupsOf(shortest, group)) {
        shortest = keepIfItFails(shortest.without(new HashSet<>(some)), shortest);
      }
      if (group == 1 && shortest.faults().size() == before.faults().size()) {
        return shortest;
      }
      group = Math.max(1, group / 2);
    }
  }

  private Schedule keepIfItFails(Schedule shorter, Schedule otherwise) {
    if (shorter.equals(otherwise) || runs++ >= MAX_RUNS) {
      return otherwise;
    }
    return Simulation.run(shorter, sabotage, null).passed() ? otherwise : shorter;
  }

  private static List<List<Integer>> groupsOf(Schedule schedule, int size) {
    List<Integer> ids = new ArrayList<>(new TreeSet<>(schedule.faults()));
    List<List<Integer>> groups = new ArrayList<>();
    for (int from = 0; from < ids.size(); from += size) {
      groups.add(ids.subList(from, Math.min(ids.size(), from + size)));
    }
    return groups;
  }
}
