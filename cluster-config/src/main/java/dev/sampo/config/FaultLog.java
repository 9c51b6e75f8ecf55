package dev.sampo.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Gathers faults while reading goes on, so that one pass reports them all. */
final class FaultLog {
  private final List<ConfigFault> faults = new ArrayList<>();
  private final Set<String> faultyPaths = new HashSet<>();

  void add(ConfigFault fault) {
    faults.add(fault);
    faultyPaths.add(fault.path());
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
      throw new ConfigFaults(faults);
    }
  }
}
