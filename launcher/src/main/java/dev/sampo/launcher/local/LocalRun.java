package dev.sampo.launcher.local;

import dev.sampo.actors.node.ClusterClient;
import dev.sampo.launcher.CommandFailure;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.EventTail;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.ledger.NodeEvent;
import dev.sampo.launcher.ledger.Placement;
import dev.sampo.launcher.ledger.RunLedger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;

/**
 * One job on a local cluster, followed through the nodes' event logs. Nodes that end by themselves
 * are started again, as a service supervisor would, a few times.
 */
public final class LocalRun implements AutoCloseable {
  /** Hears of a run what people may want to see. */
  public interface Listener {
    /** Something happened, in a line. */
    void event(String line);

    /** The ledger was brought up to date; comes some times a second. */
    void progress(LocalRun run);
  }

  private static final int MOST_RESTARTS = 6;
  private static final long POLL_MS = 100;
  private static final long SUBMIT_SECONDS = 60;

  private final JobAtHand job;
  private final LocalCluster cluster;
  private final Listener listener;
  private final RunLedger ledger = new RunLedger();
  private final Map<String, EventTail> tails = new LinkedHashMap<>();
  private final List<Fault> faults = new ArrayList<>();
  private int restarts;

  /**
   * A run without nodes.
   *
   * @param folder for the nodes' folders
   * @param threads processor threads that each node computes with
   * @param voters names of the nodes that vote
   */
  public LocalRun(JobAtHand job, Path folder, List<String> voters, int threads, Listener listener) {
    this.job = job;
    this.cluster =
        new LocalCluster(folder, new NodeSettings(voters, threads, job.corpus(), job.models()));
    this.listener = listener;
  }

  /**
   * Starts a node, or the next life of a dead one.
   *
   * @param itsOwn settings of this node alone, as {@code key=value}
   */
  public void start(String name, String... itsOwn) {
    cluster.start(name, itsOwn);
    tails.computeIfAbsent(name, key -> new EventTail(cluster.events(key)));
  }

  /** Waits until that many nodes know of each other, and hands the job in. */
  public void submit(int members, Duration limit) {
    try (ClusterClient client = ClusterClient.connect(cluster.anyAddress(), LocalCluster.HOST)) {
      require(
          () -> members(client) >= members,
          limit,
          "the nodes did not find each other: wanted=" + members);
      job.submit(client, SUBMIT_SECONDS);
    }
  }

  private static int members(ClusterClient client) {
    try {
      return client.status().toCompletableFuture().join().alive().size();
    } catch (CompletionException notYet) {
      return 0;
    }
  }

  /** Kills with {@code kill -9}. */
  public Fault kill(Fault.Kind kind, Collection<String> names) {
    cluster.kill(names);
    Fault fault = new Fault(kind, List.copyOf(names), System.currentTimeMillis());
    faults.add(fault);
    return fault;
  }

  /** Follows the run until something is so; false if it is not within the limit. */
  public boolean await(BooleanSupplier condition, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      poll();
      if (condition.getAsBoolean()) {
        return true;
      }
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      try {
        Thread.sleep(POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandFailure("the run was interrupted", e);
      }
    }
  }

  /** As {@link #await}, but that it is not so is a failure. */
  public void require(BooleanSupplier condition, Duration limit, String otherwise) {
    if (!await(condition, limit)) {
      throw new CommandFailure(
          "%s, waited-seconds=%d, version=%d, alive=%s, troubles=%s; hint: the logs of the nodes say why"
              .formatted(
                  otherwise,
                  limit.toSeconds(),
                  ledger.version(),
                  cluster.alive(),
                  ledger.troubles()));
    }
  }

  /** Follows the run for a time. */
  public void watch(Duration time) {
    await(() -> false, time);
  }

  private void poll() {
    readEvents();
    cluster.endedByThemselves().forEach(this::startAgain);
    ledger
        .stopped()
        .ifPresent(
            reason -> {
              throw new CommandFailure("the job was stopped: reason=" + reason);
            });
    listener.progress(this);
  }

  private void readEvents() {
    try {
      for (EventTail tail : tails.values()) {
        for (NodeEvent event : tail.poll()) {
          ledger.take(event);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("an event log became unreadable", e);
    }
  }

  private void startAgain(String name, String lastWords) {
    if (restarts++ >= MOST_RESTARTS) {
      throw new CommandFailure(
          "a node ends again and again: node=" + name + ", it-printed=" + lastWords);
    }
    listener.event("node " + name + " ended by itself, started again: " + lastWords);
    cluster.start(name);
  }

  /** Whether every shard has its replicas, on nodes that are alive. */
  public boolean isWhole() {
    Set<String> alive = alive();
    int wanted = Math.min(job.spec().replicas(), alive.size());
    return ledger.placement().filter(now -> now.hasReplicas(wanted, alive)).isPresent();
  }

  /** Living nodes that own a shard. */
  public List<String> owners() {
    Set<String> owners = new TreeSet<>(alive());
    owners.retainAll(ledger.placement().map(Placement::owners).orElse(Set.of()));
    return List.copyOf(owners);
  }

  /** Whether each living node has written the model. */
  public boolean isExported() {
    return ledger.isFinished() && ledger.exports().keySet().containsAll(alive());
  }

  /** A name that no node of this run has had, such as the next letter. */
  String unusedName() {
    Set<String> used = new TreeSet<>(cluster.names());
    for (char letter = 'a'; letter <= 'z'; letter++) {
      if (!used.contains(String.valueOf(letter))) {
        return String.valueOf(letter);
      }
    }
    return "node-" + used.size();
  }

  /** The control address of a living node. */
  public String address() {
    return cluster.anyAddress().toString();
  }

  /** The nodes whose processes are alive. */
  public Set<String> alive() {
    return cluster.alive();
  }

  /** Whether a node's process has left the cluster in good order, as somebody ordered. */
  public boolean hasLeft(String name) {
    return cluster.hasLeft(name);
  }

  /** The events so far. */
  public RunLedger ledger() {
    return ledger;
  }

  /** The kills so far, in their order. */
  public List<Fault> faults() {
    return List.copyOf(faults);
  }

  /** The job. */
  public JobAtHand job() {
    return job;
  }

  /** Ends the nodes, and reads what they logged last. */
  @Override
  public void close() {
    cluster.close();
    readEvents();
  }
}
