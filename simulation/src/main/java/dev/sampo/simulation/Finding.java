package dev.sampo.simulation;

import dev.sampo.simulation.Schedule.Weather;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A broken law, and the least that has to go wrong for it.
 *
 * @param law which was broken when the whole schedule ran
 * @param shortest part of the seed's schedule that breaks a law
 * @param shortestLaw which was broken then
 */
public record Finding(long seed, String law, Schedule shortest, String shortestLaw) {

  /** Runs a failed schedule again and again, with less and less of it. */
  public static Finding of(Simulation.Outcome failed) {
    return of(failed, Sabotage.NONE);
  }

  static Finding of(Simulation.Outcome failed, Sabotage sabotage) {
    Schedule shortest = new Shrinker(sabotage).shrink(failed.schedule());
    String law = Simulation.run(shortest, sabotage, null).violation();
    return new Finding(
        failed.schedule().seed(),
        String.valueOf(failed.violation()),
        shortest,
        String.valueOf(law));
  }

  /** For people, a line an element. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("violation: " + law + ", seed=" + seed);
    if (!law.equals(shortestLaw)) {
      lines.add("  shortened, it breaks: " + shortestLaw);
    }
    History history = shortest.history();
    lines.add(
        "  %s, %d nodes of which %d come later and %d only vote, until %d ms: %d of %d faults are enough"
            .formatted(
                history.mode().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                history.nodes(),
                history.latecomers(),
                history.witnesses(),
                history.troubleMs(),
                shortest.faults().size(),
                history.faults().size()));
    shortest.troubles().forEach(fault -> lines.add("    " + fault));
    Set<Weather> needless = EnumSet.allOf(Weather.class);
    needless.removeAll(shortest.weather());
    if (!needless.isEmpty()) {
      lines.add(
          "    without "
              + needless.stream()
                  .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                  .collect(Collectors.joining(", ")));
    }
    lines.add("  replay: " + shortest.replay());
    return lines;
  }
}
