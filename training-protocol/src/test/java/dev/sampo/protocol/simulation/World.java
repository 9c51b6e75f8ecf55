package dev.sampo.protocol.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.ShardMembers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Time, chance, the network between processes, and the nodes. */
final class World {
  private record Event(long atMs, long sequence, Runnable action) {}

  private record Link(NodeId from, NodeId to) {}

  final History history;
  final Random random;
  final Laws laws;
  final Trace trace = new Trace();
  final Map<NodeId, Machine> machines = new TreeMap<>();
  final Plant plant;

  private final PriorityQueue<Event> queue =
      new PriorityQueue<>(Comparator.comparingLong(Event::atMs).thenComparingLong(Event::sequence));
  private final Set<Link> cut = new HashSet<>();
  private long nowMs;
  private long sequence;
  private boolean troubled = true;
  private @Nullable Machine unhealed;

  World(History history, Plant plant) {
    this.history = history;
    this.plant = plant;
    this.random = new Random(history.seed());
    this.laws = new Laws(history);
    for (int i = 0; i < history.nodes(); i++) {
      NodeId name = new NodeId("n" + i);
      machines.put(name, new Machine(this, name, i, i < history.nodes() - history.witnesses()));
    }
    laws.see(
        life -> {
          Machine machine = machines.get(life.node());
          return machine == null || machine.wipedAtLife(life) ? null : machine.disk;
        });
  }

  long nowMs() {
    return nowMs;
  }

  List<NodeId> voters() {
    return List.copyOf(machines.keySet());
  }

  List<Machine> running() {
    return machines.values().stream().filter(Machine::isRunning).toList();
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  <T> T any(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  void after(long delayMs, Runnable action) {
    queue.add(new Event(nowMs + delayMs, sequence++, action));
  }

  /** Runs one event; says whether there was one. */
  boolean step() {
    Event event = queue.poll();
    if (event == null) {
      return false;
    }
    nowMs = event.atMs;
    event.action.run();
    laws.afterEvent();
    return true;
  }

  /**
   * Sends something to one life of a node: it may come late, twice, after others, or not at all.
   */
  void send(Life from, Member to, Object what, Consumer<Life> deliver) {
    if (troubled && chance(history.loss())) {
      return;
    }
    transmit(from, to, what, deliver);
    if (chance(troubled ? history.duplicates() : 0.02)) {
      transmit(from, to, what, deliver);
    }
  }

  private void transmit(Life from, Member to, Object what, Consumer<Life> deliver) {
    long delayMs = 1L + random.nextInt(8);
    if (troubled && chance(0.02)) {
      delayMs += random.nextInt(history.wipes() ? 60 : 700);
    }
    after(delayMs, () -> arrive(from, to, what, deliver));
  }

  private void arrive(Life from, Member to, Object what, Consumer<Life> deliver) {
    Machine machine = machines.get(to.node());
    if (machine == null || cut.contains(new Link(from.self.node(), to.node()))) {
      return;
    }
    machine.run(
        life -> {
          if (to.means(life.self) || plant == Plant.INCARNATIONS_IGNORED) {
            trace.add(nowMs, from.self + " > " + life.self, what);
            deliver.accept(life);
          }
        });
  }

  void cut(NodeId from, NodeId to) {
    if (!from.equals(to)) {
      cut.add(new Link(from, to));
    }
  }

  void isolate(NodeId node, boolean bothWays) {
    for (NodeId other : new ArrayList<>(machines.keySet())) {
      cut(node, other);
      if (bothWays) {
        cut(other, node);
      }
    }
  }

  void mendLinks() {
    cut.clear();
  }

  /** From now on nothing more goes wrong, but repeats. */
  void calm() {
    troubled = false;
    mendLinks();
  }

  /** A store was lost: until its node is a replica again, or is none, no other may be. */
  void wiped(Machine victim) {
    unhealed = victim;
  }

  boolean healed(Configuration now) {
    Machine victim = unhealed;
    return victim == null
        || now.shards().stream()
            .allMatch(shard -> shard.replicas().size() > 1 && isSound(now, shard, victim));
  }

  private static boolean isSound(Configuration now, ShardMembers shard, Machine victim) {
    boolean isReplica = shard.replicas().stream().anyMatch(r -> r.node().equals(victim.name));
    return !isReplica || victim.disk.store(now.job().id(), shard.shard()).newest() >= 0;
  }

  boolean isTroubled() {
    return troubled;
  }
}
