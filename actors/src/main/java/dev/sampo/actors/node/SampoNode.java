package dev.sampo.actors.node;

import dev.sampo.actors.event.EventLog;
import dev.sampo.actors.job.CorpusSource;
import dev.sampo.actors.job.RunWatch;
import dev.sampo.actors.plane.DataPlane;
import dev.sampo.config.ClusterConfig;
import dev.sampo.config.DetectorTimings;
import dev.sampo.config.NodeConfig;
import dev.sampo.config.Role;
import dev.sampo.gradient.PlaneException;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * A running node: one process, a member of a cluster. Closing it leaves the cluster in good order;
 * its store stays for the next life.
 */
public final class SampoNode implements AutoCloseable {
  /** Long enough for the cluster to hear of the leaving, short enough to be waited for. */
  private static final Duration LEAVING_LIMIT = Duration.ofSeconds(15);

  private final Member self;
  private final NodeConfig config;
  private final NodeFolder folder;
  private final EventLog events;
  private final DataPlane plane;
  private final ActorSystem<Void> system;
  private final Optional<Rehearsal> rehearsal;
  private final CompletableFuture<Ending> ended = new CompletableFuture<>();

  /** How a node's life came to its end. */
  public sealed interface Ending {
    /** It was closed. */
    record Left() implements Ending {}

    /** The cluster went on without it (it was on the smaller side, or silent); start it anew. */
    record Downed() implements Ending {}

    /** It never was, or can no longer be, a member. */
    record Failed(String reason) implements Ending {}
  }

  private SampoNode(
      Member self,
      NodeConfig config,
      NodeFolder folder,
      EventLog events,
      DataPlane plane,
      ActorSystem<Void> system) {
    this.self = self;
    this.config = config;
    this.folder = folder;
    this.events = events;
    this.plane = plane;
    this.system = system;
    this.rehearsal =
        config.roles().contains(Role.PARAMETERS)
            ? Optional.of(
                new Rehearsal(
                    folder.path(),
                    failure -> events.write(events.event("rehearsed").put("failure", failure))))
            : Optional.empty();
    system.getWhenTerminated().whenComplete((done, failure) -> closeParts());
  }

  /**
   * Starts a node and lets it join; it is a member some seconds later.
   *
   * @throws NodeFailure if its folder, a port or an address cannot be used
   */
  public static SampoNode start(NodeConfig config, ClusterConfig cluster, CorpusSource corpora) {
    return start(config, cluster, corpora, RunWatch.NOBODY);
  }

  /** As {@link #start(NodeConfig, ClusterConfig, CorpusSource)}, telling what jobs do here. */
  public static SampoNode start(
      NodeConfig config, ClusterConfig cluster, CorpusSource corpora, RunWatch watch) {
    NodeFolder folder = NodeFolder.open(config.folder());
    try {
      Member self = folder.begin(new NodeId(config.name()), System.currentTimeMillis());
      EventLog events = EventLog.open(folder.path(), self, System::currentTimeMillis);
      events.write(events.event("started").put("pid", ProcessHandle.current().pid()));
      return start(self, config, cluster, corpora, new Opened(folder, events, watch));
    } catch (RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  private record Opened(NodeFolder folder, EventLog events, RunWatch watch) {}

  private static SampoNode start(
      Member self, NodeConfig config, ClusterConfig cluster, CorpusSource corpora, Opened opened) {
    DataPlane plane = openPlane(config, cluster.detector(), self, opened);
    try {
      ActorSystem<Void> system =
          PekkoSettings.start(
              NodeGuardian.create(
                  new NodeGuardian.Parts(
                      self,
                      config,
                      cluster,
                      opened.folder,
                      plane,
                      corpora,
                      opened.events,
                      opened.watch)),
              config,
              cluster);
      return new SampoNode(self, config, opened.folder, opened.events, plane, system);
    } catch (RuntimeException e) {
      plane.close();
      opened.events.close();
      throw e;
    }
  }

  private static DataPlane openPlane(
      NodeConfig config, DetectorTimings timings, Member self, Opened opened) {
    try {
      return DataPlane.open(DataPlane.settings(config, timings, self.incarnation()), self);
    } catch (PlaneException e) {
      opened.events.close();
      throw new NodeFailure(String.valueOf(e.getMessage()), e);
    }
  }

  public Member self() {
    return self;
  }

  /** The control plane's port that is bound. */
  public int controlPort() {
    return Cluster.get(system).selfMember().address().getPort().orElseThrow();
  }

  public int dataPort() {
    return plane.port();
  }

  public Path folder() {
    return config.folder();
  }

  /** Whether the cluster counts this node as a member by now. */
  public boolean isUp() {
    return Cluster.get(system).selfMember().status().equals(MemberStatus.up());
  }

  /** A client of this node's cluster, which ends with the node. */
  public ClusterClient client() {
    return ClusterClient.within(system);
  }

  public CompletionStage<Ending> ended() {
    return ended.minimalCompletionStage();
  }

  /** Leaves the cluster and ends. */
  @Override
  public void close() {
    CompletionStage<Done> left =
        CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.clusterLeavingReason());
    left.toCompletableFuture()
        .completeOnTimeout(Done.getInstance(), LEAVING_LIMIT.toSeconds(), TimeUnit.SECONDS)
        .join();
    ended.join();
  }

  private void closeParts() {
    try {
      plane.close();
      rehearsal.ifPresent(Rehearsal::close);
      events.write(events.event("ended"));
      events.close();
    } finally {
      folder.close();
      ended.complete(ending());
    }
  }

  private Ending ending() {
    Optional<CoordinatedShutdown.Reason> reason =
        CoordinatedShutdown.get(system).getShutdownReason();
    String name = reason.map(r -> r.getClass().getSimpleName()).orElse("");
    if (name.startsWith("ClusterDowning")) {
      return new Ending.Downed();
    }
    if (name.startsWith("ClusterJoinUnsuccessful")) {
      return new Ending.Failed(
          "the cluster could not be joined: node.seeds="
              + config.seeds()
              + "; hint: start a node at one of these addresses, or mend node.seeds");
    }
    if (name.startsWith("IncompatibleConfiguration")) {
      return new Ending.Failed(
          "a node must have the cluster's name, version and voters: node.seeds="
              + config.seeds()
              + "; hint: compare cluster.name, cluster.voters and sampo --version");
    }
    return new Ending.Left();
  }
}
