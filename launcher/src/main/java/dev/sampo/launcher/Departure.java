package dev.sampo.launcher;

import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.post.Status;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.membership.NodeCard;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Follows one life of a node on its way out of the cluster, and tells what it still has. */
final class Departure {
  private static final long LIMIT_SECONDS = 600;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final ClusterClient client;
  private final Member leaver;
  private final Consumer<String> progress;
  private final long beganNanos = System.nanoTime();
  private String has = "";

  private Departure(ClusterClient client, Member leaver, Consumer<String> progress) {
    this.client = client;
    this.leaver = leaver;
    this.progress = progress;
  }

  /**
   * Of the life that a node lives now.
   *
   * @throws CommandFailure if there is no such node
   */
  static Departure of(String name, ClusterClient client, Consumer<String> progress) {
    try {
      List<NodeCard> alive = JobAtHand.await(client.status()).alive();
      List<String> names = alive.stream().map(card -> card.member().node().name()).toList();
      return lifeOf(name, alive)
          .map(member -> new Departure(client, member, progress))
          .orElseThrow(
              () ->
                  new CommandFailure(
                      "only a node that is there can be drained: node="
                          + name
                          + ", nodes="
                          + names
                          + "; hint: name one of these"));
    } catch (CompletionException e) {
      throw new CommandFailure("no node answered; hint: check the address given with --seed", e);
    }
  }

  private static Optional<Member> lifeOf(String name, List<NodeCard> alive) {
    return alive.stream()
        .map(NodeCard::member)
        .filter(member -> member.node().name().equals(name))
        .findFirst();
  }

  Member leaver() {
    return leaver;
  }

  /**
   * Waits until the node has gone.
   *
   * @return the last that the cluster told
   * @throws CommandFailure if it cannot go, or not in time
   */
  Status await() {
    Status last = null;
    long deadline = beganNanos + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (System.nanoTime() - deadline < 0) {
      Status status = ask();
      if (status == null) {
        // Perhaps it was the node that leaves which was asked: then this is how it goes.
        if (last != null && mayLeave(last)) {
          return last;
        }
      } else {
        last = status;
        Optional<Member> life = lifeOf(leaver.node().name(), status.alive());
        if (mayLeave(status) && !life.equals(Optional.of(leaver))) {
          return status;
        }
        checkThatItGoesOn(status.configuration(), life);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    throw new CommandFailure(
        "the node was not drained within "
            + LIMIT_SECONDS
            + " s: node="
            + leaver
            + ", "
            + has
            + "; hint: it goes as soon as others have what it has; sampo status tells who is there");
  }

  private @Nullable Status ask() {
    try {
      return JobAtHand.await(client.status());
    } catch (CompletionException unanswered) {
      return null;
    }
  }

  private boolean mayLeave(Status status) {
    Configuration now = status.configuration();
    return now != null && now.mayLeave(leaver);
  }

  private void checkThatItGoesOn(@Nullable Configuration now, Optional<Member> life) {
    if (now == null || now.mayLeave(leaver)) {
      return;
    }
    if (now.hasEnded()) {
      throw new CommandFailure(
          "the job has ended, and a node is drained only from a job: node="
              + leaver
              + ", job="
              + now.job().id()
              + ", status="
              + now.status()
              + "; hint: end the node's process, nothing is trained on it");
    }
    if (life.isPresent() && !life.get().equals(leaver)) {
      throw new CommandFailure(
          "the node began anew before it was drained: node="
              + leaver
              + ", now="
              + life.get()
              + "; hint: order it again");
    }
    String hasNow = whatItHas(now);
    if (!hasNow.equals(has)) {
      has = hasNow;
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beganNanos);
      progress.accept("draining %s, %d s: %s".formatted(leaver.node(), seconds, has));
    }
  }

  private String whatItHas(Configuration now) {
    long copies = now.shards().stream().filter(s -> s.replicas().contains(leaver)).count();
    long learning = now.shards().stream().filter(s -> !s.learners().isEmpty()).count();
    return "copies=%d, being-copied=%d, votes=%s"
        .formatted(copies, learning, now.voters().contains(leaver.node()));
  }
}
