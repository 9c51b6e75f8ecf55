package dev.sampo.config;

/**
 * One device of a node: a worker is started for each.
 *
 * @param kind what computes
 * @param threads threads that compute on it, at least 1
 */
public record DeviceConfig(Kind kind, int threads) {
  /** The kinds of devices that Sampo can drive. */
  public enum Kind {
    /** A share of the machine's processors. */
    CPU
  }
}
