package dev.sampo.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration was refused: carries every fault found, never only the first. */
public final class ConfigFaults extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigFault> faults;

  /**
   * Refuses a configuration.
   *
   * @throws IllegalArgumentException if there is no fault to report
   */
  public ConfigFaults(List<ConfigFault> faults) {
    super(lines(faults));
    if (faults.isEmpty()) {
      throw new IllegalArgumentException("a refusal needs a fault: faults=0; hint: report a bug");
    }
    this.faults = List.copyOf(faults);
  }

  /** All faults, in the order of the reference; the message holds one line for each. */
  public List<ConfigFault> faults() {
    return faults;
  }

  /** The faults for people, a line each. */
  public String text() {
    return lines(faults);
  }

  private static String lines(List<ConfigFault> faults) {
    return faults.stream().map(ConfigFault::line).collect(Collectors.joining("\n"));
  }
}
