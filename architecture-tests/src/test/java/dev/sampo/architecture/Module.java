package dev.sampo.architecture;

import java.util.Set;

/**
 * A module of ours: the word after the root package, its folder, and the modules that it may use.
 *
 * @param word first word of its packages below the root
 * @param folder its folder in the repository
 * @param uses words of the modules that it may use
 */
record Module(String word, String folder, Set<String> uses) {
  /** The table of the design: an arrow that is not here is not allowed. */
  static final Set<Module> ALL =
      Set.of(
          new Module("protocol", "training-protocol", Set.of()),
          // Beside the core, not in it: it has chance and threads.
          new Module("simulation", "simulation", Set.of("protocol")),
          new Module("config", "cluster-config", Set.of()),
          new Module("device", "gpu-bridge", Set.of()),
          new Module("model", "model", Set.of("device", "protocol")),
          new Module("gradient", "gradient-sync", Set.of("protocol")),
          // The device for its vector kernels: a shard sums and checks gradients on the CPU.
          new Module("parameter", "parameter-server", Set.of("protocol", "model", "device")),
          new Module(
              "actors",
              "actors",
              Set.of("protocol", "config", "device", "model", "gradient", "parameter")),
          new Module(
              "launcher",
              "launcher",
              Set.of(
                  "protocol",
                  "simulation",
                  "config",
                  "device",
                  "model",
                  "gradient",
                  "parameter",
                  "actors")),
          new Module(
              "chaos",
              "chaos-tests",
              Set.of(
                  "protocol",
                  "simulation",
                  "config",
                  "device",
                  "model",
                  "gradient",
                  "parameter",
                  "actors",
                  "launcher")),
          new Module(
              "bench",
              "benchmarks",
              Set.of(
                  "protocol",
                  "config",
                  "device",
                  "model",
                  "gradient",
                  "parameter",
                  "actors",
                  "launcher")));

  boolean mayUse(Module other) {
    return equals(other) || uses.contains(other.word);
  }
}
