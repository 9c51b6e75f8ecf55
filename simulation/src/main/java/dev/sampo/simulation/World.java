package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.message.Message;
import dev.sampo.simulation.Schedule.Weather;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Time, chance, the network between processes, and the nodes. */
final class World {
  /** What goes by actors, and what goes by the data plane. */
  enum Plane {
    CONTROL,
    DATA
  }

  private record Link(NodeId from, NodeId to) {}

  final Schedule schedule;
  final History history;
  final SplittableRandom random;
  final Laws laws;
  final Trace trace;
  final Taken taken = new Taken();
  final Shelf shelf = new Shelf();
  final Map<NodeId, Machine> machines = new TreeMap<>();
  final Sabotage sabotage;

  private final EventQueue queue = new EventQueue();
  private final Set<Link> cut = new HashSet<>();
  private final Set<Plane> planesDown = new HashSet<>();
  private final List<NodeId> names = new ArrayList<>();
  private final double loss;
  private final double duplicates;
  private final boolean delays;
  private boolean troubled = true;
  private @Nullable Machine unhealed;

  World(Schedule schedule, Sabotage sabotage, Trace trace) {
    this.schedule = schedule;
    this.history = schedule.history();
    this.sabotage = sabotage;
    this.trace = trace;
    this.random = new SplittableRandom(history.seed());
    this.laws = new Laws(this);
    this.loss = schedule.has(Weather.LOSS) ? history.loss() : 0;
    this.duplicates = schedule.has(Weather.DUPLICATES) ? history.duplicates() : 0;
    this.delays = schedule.has(Weather.DELAYS);
    int storing = history.founders() - history.witnesses();
    for (int i = 0; i < history.nodes(); i++) {
      NodeId name = new NodeId("n" + i);
      boolean stores = i < storing || i >= history.founders();
      names.add(name);
      machines.put(name, new Machine(this, name, i, stores));
    }
  }

  long nowMs() {
    return queue.nowMs();
  }

  /** Every node that there will ever be. */
  List<NodeId> names() {
    return names;
  }

  List<NodeId> firstVoters() {
    return names.subList(0, history.voters());
  }

  List<NodeId> founders() {
    return names.subList(0, history.founders());
  }

  Machine machine(NodeId name) {
    Machine machine = machines.get(name);
    if (machine == null) {
      throw new IllegalArgumentException("no such node: name=" + name);
    }
    return machine;
  }

  /** The disk that this life of a node wrote; null if some of that is lost. */
  @Nullable ToyDisk diskOf(Member life) {
    Machine machine = machine(life.node());
    return machine.wipedAtLife(life) ? null : machine.disk;
  }

  List<Machine> running() {
    return machines.values().stream().filter(Machine::isRunning).toList();
  }

  boolean chance(double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  <T> T any(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  void after(long delayMs, Runnable action) {
    queue.add(delayMs, action);
  }

  /** Runs one event; says whether there was one. */
  boolean step() {
    Runnable event = queue.next();
    if (event == null) {
      return false;
    }
    event.run();
    laws.afterEvent();
    return true;
  }

  /**
   * Sends something to one life of a node: it may come late, twice, after others, or not at all.
   */
  void send(Life from, Member to, Plane plane, Object what, Consumer<Life> deliver) {
    if (troubled && chance(loss)) {
      return;
    }
    transmit(from, to, plane, what, deliver);
    if (chance(troubled ? duplicates : 0.02)) {
      transmit(from, to, plane, what, deliver);
    }
  }

  private void transmit(Life from, Member to, Plane plane, Object what, Consumer<Life> deliver) {
    long delayMs = 1L + random.nextInt(8);
    if (troubled && delays && chance(0.02)) {
      delayMs += random.nextInt(history.gentle() ? 60 : 700);
    }
    delayMs *= from.machine.slowness();
    queue.add(delayMs, () -> arrive(from, to, plane, what, deliver));
  }

  /** Between a node and somebody outside things are lost, late and double, too. */
  void carry(Runnable arrival) {
    int copies = troubled && chance(loss) ? 0 : chance(duplicates) ? 2 : 1;
    for (int copy = 0; copy < copies; copy++) {
      queue.add(1L + random.nextInt(delays && chance(0.05) ? 700 : 8), arrival);
    }
  }

  private void arrive(Life from, Member to, Plane plane, Object what, Consumer<Life> deliver) {
    Machine machine = machine(to.node());
    if (isCut(from.self.node(), to.node(), plane)) {
      return;
    }
    machine.run(
        life -> {
          if (sabotage.isMeantFor(to, life.self)) {
            if (what instanceof Message message) {
              taken.count(Way.of(message));
            }
            trace.sent(nowMs(), from.self, life.self, what);
            deliver.accept(life);
          }
        });
  }

  private boolean isCut(NodeId from, NodeId to, Plane plane) {
    boolean linkIsCut = !cut.isEmpty() && cut.contains(new Link(from, to));
    boolean planeIsDown = !planesDown.isEmpty() && planesDown.contains(plane) && !from.equals(to);
    return linkIsCut || planeIsDown;
  }

  void cut(NodeId from, NodeId to) {
    if (!from.equals(to)) {
      cut.add(new Link(from, to));
    }
  }

  /** From now on no other hears {@code node}. */
  void mute(NodeId node) {
    names.forEach(other -> cut(node, other));
  }

  /** From now on {@code node} hears no other. */
  void deafen(NodeId node) {
    names.forEach(other -> cut(other, node));
  }

  void isolate(NodeId node) {
    mute(node);
    deafen(node);
  }

  void takeDown(Plane plane) {
    planesDown.add(plane);
  }

  void mendLinks() {
    cut.clear();
    planesDown.clear();
  }

  /** From now on nothing more goes wrong, but repeats. */
  void calm() {
    troubled = false;
    mendLinks();
    machines.values().forEach(Machine::calm);
  }

  boolean isTroubled() {
    return troubled;
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

  private boolean isSound(Configuration now, ShardMembers shard, Machine victim) {
    boolean isReplica = shard.replicas().stream().anyMatch(r -> r.node().equals(victim.name));
    long committed = Math.max(0, laws.committedVersion(now.job().id()));
    return !isReplica || victim.disk.store(now.job().id(), shard.shard()).isSound(committed);
  }
}
