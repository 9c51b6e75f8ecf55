package dev.sampo.config;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Gathers faults while reading goes on, so that one pass reports them all. */
final class FaultLog {
  private final Set<ConfigFault> faults = new LinkedHashSet<>();
  private final Set<String> faultyPaths = new HashSet<>();
  private String sources = Layers.DEFAULT;

  /** Names what is read, for faults that stand nowhere because something is missing. */
  void readFrom(String sources) {
    this.sources = sources;
  }

  String sources() {
    return sources;
  }

  void add(ConfigFault fault) {
    faults.add(fault);
    faultyPaths.add(fault.path());
  }

  /** Takes back that a key is missing: it was found under a mistyped name, which is one mistake. */
  void foundMistyped(String path) {
    faults.removeIf(fault -> fault.path().equals(path));
  }

  /**
   * Whether nothing at or below any of these paths is at fault. Rules that link settings are only
   * asked where each setting is sound alone, else one mistake would be reported twice.
   */
  boolean isSound(List<String> paths) {
    return paths.stream()
        .noneMatch(
            path ->
                faultyPaths.stream()
                    .anyMatch(
                        faulty ->
                            faulty.equals(path)
                                || faulty.startsWith(path + ".")
                                || faulty.startsWith(path + "[")
                                || path.startsWith(faulty + ".")));
  }

  void throwIfAny() {
    if (!faults.isEmpty()) {
      throw new ConfigFaults(List.copyOf(faults));
    }
  }
}
