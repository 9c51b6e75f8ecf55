package dev.sampo.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All settings of one process, checked.
 *
 * @param node this process; defaults where no file says otherwise
 * @param cluster what it must agree on with the others
 * @param job the job, if a file describes one
 */
public record SampoConfig(NodeConfig node, ClusterConfig cluster, Optional<JobConfig> job) {

  /**
   * Reads settings: overrides beat files, later files beat earlier ones, and {@code reference.conf}
   * fills what is left.
   *
   * @param files HOCON files; none gives the defaults
   * @param overrides {@code key=value} each, with full keys such as {@code job.steps=10}
   * @throws ConfigFaults with every fault found
   */
  public static SampoConfig load(List<Path> files, List<String> overrides) {
    return load(files, overrides, Machine.local());
  }

  /**
   * As {@link #load(List, List)}, deriving what is left at {@code auto} from the machine given.
   *
   * @throws ConfigFaults with every fault found
   */
  public static SampoConfig load(List<Path> files, List<String> overrides, Machine machine) {
    FaultLog faults = new FaultLog();
    Layers layers = new Layers(faults);
    Config config = layers.of(files, overrides);
    layers.throwIfUnreadable();
    return check(config, faults, machine);
  }

  /** The job, where the command at hand needs one. */
  public JobConfig requireJob() {
    return job.orElseThrow(
        () ->
            new ConfigFaults(
                List.of(
                    new ConfigFault(
                        "job",
                        "(missing)",
                        "a job section is required",
                        "name a file that has one, such as cluster-config/examples/demo.conf",
                        "default"))));
  }

  /** Reads a job from a text alone. */
  static JobConfig parseJob(String origin, String text) {
    FaultLog faults = new FaultLog();
    faults.readFrom(origin);
    Layers layers = new Layers(faults);
    Config config =
        layers.parsed(
            origin,
            () ->
                ConfigFactory.parseString(
                    text, ConfigParseOptions.defaults().setOriginDescription(origin)));
    Config resolved = layers.overReference(config);
    layers.throwIfUnreadable();
    return check(resolved, faults, new Machine(1, 1L << 30)).requireJob();
  }

  private static SampoConfig check(Config layers, FaultLog faults, Machine machine) {
    Section root = Section.root(layers, faults);
    Section nodeSection = root.section("node");
    NodeConfig node = NodeReader.read(nodeSection, machine);
    ClusterConfig cluster = ClusterReader.read(root.section("cluster"));
    NodeReader.checkAgainst(nodeSection, node, cluster);
    Optional<JobConfig> job =
        Layers.isDescribed(layers, "job")
            ? Optional.of(JobReader.read(root.section("job")))
            : Optional.empty();
    root.expect("job");
    root.refuseUnknownKeys();
    faults.throwIfAny();
    return new SampoConfig(node, cluster, job);
  }
}
