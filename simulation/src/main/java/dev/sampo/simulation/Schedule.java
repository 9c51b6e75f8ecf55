package dev.sampo.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A history, and how much of what goes wrong in it is left: the whole of it, or what the search for
 * a shorter one found to be enough.
 *
 * @param faults ids of those that happen
 * @param weather what the network does besides
 */
public record Schedule(History history, Set<Integer> faults, Set<Weather> weather) {
  /** What a network does to messages without a fault. */
  public enum Weather {
    LOSS,
    DUPLICATES,
    DELAYS
  }

  public Schedule {
    faults = Set.copyOf(faults);
    weather = Set.copyOf(weather);
  }

  /** All that the seed gives. */
  public static Schedule of(long seed) {
    return whole(History.of(seed));
  }

  static Schedule whole(History history) {
    Set<Integer> all =
        IntStream.range(0, history.faults().size()).boxed().collect(Collectors.toSet());
    return new Schedule(history, all, EnumSet.allOf(Weather.class));
  }

  /**
   * The part of a seed's history that {@link #only} wrote down; empty if that cannot be read.
   *
   * @param only ids of faults and words of the weather, with commas between them
   */
  public static Optional<Schedule> parse(long seed, String only) {
    Set<Integer> faults = new TreeSet<>();
    Set<Weather> weather = EnumSet.noneOf(Weather.class);
    for (String word : only.split(",", -1)) {
      String trimmed = word.strip().toUpperCase(Locale.ROOT);
      Optional<Weather> kind =
          Arrays.stream(Weather.values()).filter(w -> w.name().equals(trimmed)).findFirst();
      if (kind.isPresent()) {
        weather.add(kind.get());
      } else if (trimmed.matches("[0-9]{1,6}")) {
        faults.add(Integer.parseInt(trimmed));
      } else if (!trimmed.equals("NOTHING")) {
        return Optional.empty();
      }
    }
    return Optional.of(new Schedule(History.of(seed), faults, weather));
  }

  public long seed() {
    return history.seed();
  }

  boolean isWhole() {
    return faults.size() == history.faults().size() && weather.size() == Weather.values().length;
  }

  boolean has(Weather kind) {
    return weather.contains(kind);
  }

  /** The faults that happen, by time. */
  List<Fault> troubles() {
    return history.faults().stream().filter(fault -> faults.contains(fault.id())).toList();
  }

  Schedule without(Set<Integer> fewer) {
    Set<Integer> left = new TreeSet<>(faults);
    left.removeAll(fewer);
    return new Schedule(history, left, weather);
  }

  Schedule without(Weather kind) {
    Set<Weather> left = EnumSet.noneOf(Weather.class);
    left.addAll(weather);
    left.remove(kind);
    return new Schedule(history, faults, left);
  }

  /** As {@link #parse} reads it. */
  public String only() {
    List<String> words = new ArrayList<>();
    new TreeSet<>(faults).forEach(id -> words.add(id.toString()));
    new TreeSet<>(weather).forEach(kind -> words.add(kind.name().toLowerCase(Locale.ROOT)));
    return words.isEmpty() ? "nothing" : String.join(",", words);
  }

  /** The command that runs exactly this and tells every event. */
  public String replay() {
    String command = "./sampo simulate --trace " + seed();
    return isWhole() ? command : command + " --only " + only();
  }
}
