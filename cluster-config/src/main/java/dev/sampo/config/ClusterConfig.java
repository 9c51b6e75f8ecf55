package dev.sampo.config;

import java.util.List;

/**
 * What all nodes of a cluster must agree on.
 *
 * @param name nodes of another name are refused
 * @param voters names of the nodes that vote; empty lets the oldest nodes vote, five at most
 * @param replicas full copies of each parameter shard, on distinct nodes; fewer nodes mean fewer
 * @param detector when silence counts as death
 */
public record ClusterConfig(
    String name, List<String> voters, int replicas, DetectorTimings detector) {

  /** Copies the voters. */
  public ClusterConfig {
    voters = List.copyOf(voters);
  }
}
