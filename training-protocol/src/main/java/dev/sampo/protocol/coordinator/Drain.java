package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.membership.ClusterView;
import java.util.List;
import java.util.Optional;

/**
 * Whether a node can be let go: somebody who stays must be able to succeed it in all that it does.
 */
final class Drain {
  private final Configuration now;
  private final Member leaving;
  private final ClusterView staying;

  private Drain(Configuration now, Member leaving, ClusterView view) {
    this.now = now;
    this.leaving = leaving;
    this.staying =
        new ClusterView(
            view.staying(now).nodes().stream()
                .filter(card -> !card.member().equals(leaving))
                .toList());
  }

  /** Why {@code order} cannot be obeyed now; empty if it can, or if it is no drain. */
  static Optional<String> refusal(Order order, Configuration now, ClusterView view) {
    if (order.kind() != Order.Kind.DRAIN) {
      return Optional.empty();
    }
    Optional<Member> named = Member.parse(order.text());
    if (named.isEmpty() || !view.isAlive(named.get())) {
      return Optional.of(
          "only a node that is there can be drained: node="
              + order.text()
              + "; hint: look at sampo status");
    }
    return now.isLeaving(named.get())
        ? Optional.empty()
        : new Drain(now, named.get(), view).refusal();
  }

  private Optional<String> refusal() {
    for (ShardMembers shard : now.shards()) {
      if (shard.replicas().contains(leaving) && !hasASuccessor(shard)) {
        return Optional.of(
            "nobody can take over a parameter shard of the node: node="
                + leaving.node()
                + ", shard="
                + shard.shard()
                + "; hint: start another node that holds parameters");
      }
    }
    if (now.voters().contains(leaving.node()) && staying.nodes().isEmpty()) {
      return Optional.of(
          "nobody can take over the vote of the node: node="
              + leaving.node()
              + ", voters="
              + now.voters()
              + "; hint: start another node");
    }
    return somebodyComputes()
        ? Optional.empty()
        : Optional.of(
            "no other device is ready for the job: node="
                + leaving.node()
                + ", class="
                + now.kernelClass()
                + "; hint: start another node that computes");
  }

  private boolean hasASuccessor(ShardMembers shard) {
    List<Member> replicas = shard.replicas();
    return staying.nodes().stream()
        .anyMatch(card -> card.stores() || replicas.contains(card.member()));
  }

  private boolean somebodyComputes() {
    return switch (now.status()) {
      case CREATED -> staying.fastestClass(now).isPresent();
      case RUNNING -> !staying.workersFor(now).isEmpty();
      case FINISHED, STOPPED -> true;
    };
  }
}
