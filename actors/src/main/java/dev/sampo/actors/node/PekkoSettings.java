package dev.sampo.actors.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.sampo.config.ClusterConfig;
import dev.sampo.config.DetectorTimings;
import dev.sampo.config.HostPort;
import dev.sampo.config.NodeConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.slf4j.LoggerFactory;

/** What of our settings becomes a setting of Pekko's; the rest of those is in sampo-pekko.conf. */
final class PekkoSettings {
  /** The name that all actor systems of Sampo share: addresses contain it. */
  static final String SYSTEM = "sampo";

  private static final String RESOURCE = "sampo-pekko.conf";

  private PekkoSettings() {}

  static ActorSystem<Void> start(Behavior<Void> guardian, NodeConfig node, ClusterConfig cluster) {
    try {
      return ActorSystem.create(guardian, SYSTEM, of(node, cluster));
    } catch (Exception e) {
      throw new NodeFailure(
          "could not bind the control plane: address="
              + node.address()
              + ":"
              + node.controlPort()
              + ", reason="
              + rootOf(e).getMessage()
              + "; hint: set node.control-port or stop the program that uses it",
          e);
    }
  }

  /** For a process that talks to a cluster without being a member. */
  static Config ofClient(String address) {
    Map<String, Object> settings = new TreeMap<>();
    settings.put("pekko.remote.artery.canonical.hostname", address);
    settings.put("pekko.remote.artery.canonical.port", 0);
    // A person at a terminal wants the answer, not how the connection fared.
    settings.put("pekko.loglevel", "ERROR");
    return layered(settings);
  }

  private static Config of(NodeConfig node, ClusterConfig cluster) {
    Map<String, Object> settings = new TreeMap<>();
    settings.put("pekko.remote.artery.canonical.hostname", node.address());
    settings.put("pekko.remote.artery.canonical.port", node.controlPort());
    settings.put("pekko.cluster.seed-nodes", seeds(node));
    settings.put("sampo.cluster.name", cluster.name());
    settings.put("sampo.cluster.voters", String.join(",", cluster.voters()));
    DetectorTimings timings = cluster.detector();
    settings.put("pekko.cluster.failure-detector.heartbeat-interval", timings.heartbeatInterval());
    settings.put(
        "pekko.cluster.failure-detector.acceptable-heartbeat-pause", timings.acceptablePause());
    settings.put("pekko.cluster.split-brain-resolver.stable-after", timings.stableAfter());
    return layered(settings);
  }

  /** A founder is its own seed. Others list themselves too if they are named among the seeds. */
  private static List<String> seeds(NodeConfig node) {
    List<String> seeds = new ArrayList<>();
    for (HostPort seed : node.seeds()) {
      seeds.add("pekko://" + SYSTEM + "@" + seed);
    }
    return seeds;
  }

  private static Config layered(Map<String, Object> settings) {
    // Before the first of many threads logs: SLF4J complains when they find it half-made.
    LoggerFactory.getILoggerFactory();
    return ConfigFactory.parseMap(settings)
        .withFallback(ConfigFactory.parseResources(PekkoSettings.class.getClassLoader(), RESOURCE))
        .withFallback(ConfigFactory.defaultReference())
        .resolve();
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
