package dev.sampo.simulation;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How often each way was taken and each fault happened. */
public final class Taken {
  private static final class Count {
    long times;
  }

  private final Map<Way, Count> ways = new EnumMap<>(Way.class);
  private final Map<Fault.Kind, Count> faults = new EnumMap<>(Fault.Kind.class);

  Taken() {
    for (Way way : Way.values()) {
      ways.put(way, new Count());
    }
    for (Fault.Kind kind : Fault.Kind.values()) {
      faults.put(kind, new Count());
    }
  }

  void count(Way way) {
    of(ways, way).times++;
  }

  void count(Fault.Kind kind) {
    of(faults, kind).times++;
  }

  void add(Taken other) {
    other.ways.forEach((way, count) -> of(ways, way).times += count.times);
    other.faults.forEach((kind, count) -> of(faults, kind).times += count.times);
  }

  private static <K> Count of(Map<K, Count> counts, K key) {
    Count count = counts.get(key);
    if (count == null) {
      throw new IllegalStateException("everything is counted from the beginning: key=" + key);
    }
    return count;
  }

  /** Counts by words, ways first, then faults. */
  public Map<String, Long> counts() {
    Map<String, Long> counts = new LinkedHashMap<>();
    ways.forEach((way, count) -> counts.put(way.words, count.times));
    faults.forEach(
        (kind, count) -> {
          String words = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
          counts.put("fault: " + words, count.times);
        });
    return counts;
  }

  /** The words of what should have happened and never did. */
  public List<String> never() {
    Map<String, Long> counts = counts();
    for (Way way : Way.values()) {
      if (way.isGuard) {
        counts.remove(way.words);
      }
    }
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() == 0)
        .map(Map.Entry::getKey)
        .toList();
  }
}
