package dev.sampo.config;

import java.time.Duration;
import java.util.List;

/** Reads the section {@code cluster}. */
final class ClusterReader {
  private static final int MOST_VOTERS = 5;
  private static final int MOST_REPLICAS = 5;
  // Fewer beats than this and one late datagram would look like a death.
  private static final int BEATS_BEFORE_SUSPICION = 4;
  private static final int HEARTBEATS_BEFORE_PAUSE_ENDS = 3;

  private ClusterReader() {}

  static ClusterConfig read(Section cluster) {
    String name = cluster.text("name", Form.NAME, "choose one name for all nodes");
    List<String> voters =
        cluster.texts("voters", Form.NAME, "list names of nodes, or leave it empty");
    cluster.link(
        voters.size() <= MOST_VOTERS,
        "voters",
        List.of(),
        new Rule(
            "must name at most " + MOST_VOTERS + " nodes",
            "three voters survive the loss of one, five the loss of two"));
    int replicas =
        cluster.count("replicas", 1, MOST_REPLICAS, "2 survives the loss of any one node");
    return new ClusterConfig(name, voters, replicas, detector(cluster.section("detector")));
  }

  private static DetectorTimings detector(Section detector) {
    Duration beat = time(detector, "beat-interval", Duration.ofMillis(10));
    Duration suspect = time(detector, "suspect-after", Duration.ofMillis(40));
    Duration heartbeat = time(detector, "heartbeat-interval", Duration.ofMillis(50));
    Duration pause = time(detector, "acceptable-pause", Duration.ofMillis(150));
    Duration stable = time(detector, "stable-after", Duration.ofMillis(150));
    atLeast(detector, "suspect-after", suspect, "beat-interval", beat, BEATS_BEFORE_SUSPICION);
    atLeast(
        detector,
        "acceptable-pause",
        pause,
        "heartbeat-interval",
        heartbeat,
        HEARTBEATS_BEFORE_PAUSE_ENDS);
    atLeast(detector, "stable-after", stable, "acceptable-pause", pause, 1);
    return new DetectorTimings(beat, suspect, heartbeat, pause, stable);
  }

  private static Duration time(Section detector, String key, Duration min) {
    return detector.time(key, min, Duration.ofMinutes(10), "write a time such as 250ms or 2s");
  }

  private static void atLeast(
      Section detector, String key, Duration time, String baseKey, Duration base, int times) {
    Duration least = base.multipliedBy(times);
    String multiple = times == 1 ? "" : times + " times ";
    detector.link(
        time.compareTo(least) >= 0,
        key,
        List.of(detector.pathOf(baseKey)),
        new Rule(
            "must be at least %s%s (%s)"
                .formatted(multiple, detector.pathOf(baseKey), Units.time(base)),
            "set it to %s or more, or lower %s".formatted(Units.time(least), baseKey)));
  }
}
