package dev.sampo.launcher.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a configuration puts the shards.
 *
 * @param status of the job, such as {@code RUNNING}
 * @param why the configuration was chosen
 * @param shards in their order
 */
public record Placement(String status, String why, List<Shard> shards) {
  /**
   * One shard's places, by the names of the nodes.
   *
   * @param owner the node that reduces
   * @param replicas the nodes with a copy that counts
   * @param learners the nodes with a copy that is catching up
   */
  public record Shard(String owner, Set<String> replicas, Set<String> learners) {}

  /** Copies the shards. */
  public Placement {
    shards = List.copyOf(shards);
  }

  static Placement of(JsonNode configured) {
    List<Shard> shards = new ArrayList<>();
    for (JsonNode shard : configured.path("shards")) {
      shards.add(
          new Shard(
              shard.path("owner").asText(),
              nodes(shard.path("replicas")),
              nodes(shard.path("learners"))));
    }
    return new Placement(
        configured.path("status").asText(), configured.path("why").asText(), shards);
  }

  /** Members are written {@code node#incarnation}. */
  private static Set<String> nodes(JsonNode members) {
    Set<String> nodes = new TreeSet<>();
    members.forEach(member -> nodes.add(member.asText().replaceFirst("#\\d+$", "")));
    return nodes;
  }

  /** The nodes that own a shard. */
  public Set<String> owners() {
    Set<String> owners = new TreeSet<>();
    shards.forEach(shard -> owners.add(shard.owner()));
    return owners;
  }

  /** Whether every shard has that many copies that count on these nodes. */
  public boolean hasReplicas(int wanted, Set<String> nodes) {
    return !shards.isEmpty()
        && shards.stream()
            .allMatch(shard -> shard.replicas().stream().filter(nodes::contains).count() >= wanted);
  }
}
