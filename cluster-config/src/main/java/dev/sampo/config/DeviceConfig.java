package dev.sampo.config;

/**
 * One device of a node: a worker is started for each.
 *
 * @param kind what computes
 * @param threads threads that compute on it, at least 1
 * @param drill what is wrong with it on purpose
 */
public record DeviceConfig(Kind kind, int threads, Drill drill) {
  /** A device with which nothing is wrong on purpose. */
  public DeviceConfig(Kind kind, int threads) {
    this(kind, threads, Drill.NONE);
  }

  /** The kinds of devices that Sampo can drive. */
  public enum Kind {
    /** A share of the machine's processors. */
    CPU
  }

  /** What a device does wrong, so that people can see whether it is found. */
  public enum Drill {
    NONE,
    /** It says nothing and computes its gradients from other samples than it should. */
    WRONG_SAMPLES
  }

  DeviceConfig withThreads(int others) {
    return new DeviceConfig(kind, others, drill);
  }
}
