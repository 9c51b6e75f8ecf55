package dev.sampo.simulation;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.ShardMembers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Brings a schedule's faults about, until its time of trouble is over. */
final class Troubles {
  private static final int SLOWER = 6;
  private static final int LOOPS = 5;
  private static final int MOST_PAUSES = 3;

  /**
   * So far apart that no restore comes between: a person's clock goes on faster than generations.
   */
  private static final long ACCEPTANCES = 1_000_000;

  private final World world;
  private final History history;
  private boolean oneIsOdd;
  private long restores;
  private long losses;

  Troubles(World world) {
    this.world = world;
    this.history = world.history;
  }

  void begin() {
    for (Fault fault : world.schedule.troubles()) {
      world.after(fault.atMs(), () -> happens(fault));
    }
    world.after(history.troubleMs(), this::end);
  }

  private void end() {
    world.trace.add(world.nowMs(), "*", "calm", "");
    world.calm();
  }

  private void happens(Fault fault) {
    long forMs = fault.forMs();
    boolean happened =
        switch (fault.kind()) {
          case CRASH -> toRunning(fault, victim -> crash(victim, forMs));
          case CRASH_OF_THE_LEADER -> crashLeader(fault);
          case CRASH_OF_SOME -> crashSome(fault);
          case CRASH_OF_ALL -> crashAll(fault);
          case CRASH_IN_A_WRITE ->
              toRunning(fault, victim -> victim.dieInAWrite(1 + fault.second() % 9));
          case CRASH_LOOP -> toRunning(fault, victim -> crashAgain(victim, LOOPS, forMs / 4));
          case SECOND_LEADER -> toRunning(fault, Troubles::secondLeader);
          case STOP -> toRunning(fault, victim -> victim.stop(forMs));
          case SLOWNESS -> toRunning(fault, victim -> slowDown(victim, forMs));
          case CLOCK_JUMP_AHEAD -> toRunning(fault, victim -> victim.moveClock(forMs * 4));
          case CLOCK_JUMP_BACK -> toRunning(fault, victim -> victim.moveClock(-forMs * 4));
          case STORE_FULL -> toRunning(fault, victim -> victim.fillStore(forMs));
          case STORE_SLOW -> toRunning(fault, victim -> victim.slowStore(forMs * 2));
          case PAUSE -> pause(fault);
          case SNAPSHOT -> snapshot(fault);
          case RESTORE -> restore(fault);
          case VOTERS_LOST -> loseVoters(fault);
          case CANCEL -> cancel(fault);
          case DRAIN -> toRunning(fault, victim -> drain(fault, victim));
          case JOIN -> join(fault);
          case STORE_LOST -> loseState(fault, Machine::loseStores);
          case BIT_FLIP -> flip(fault);
          case MEMORY_FLIP -> silently(fault, machine -> machine.disk.flipABit(fault.second()));
          case SLIP -> silently(fault, Machine::slipOnce);
          case POWER_CUT -> powerCut(fault);
          case LEAVE -> leave(fault);
          case CUT_OF_A_LINK -> cutLink(fault);
          case ISOLATION -> cutOff(fault, world::isolate);
          case DEAFNESS -> cutOff(fault, world::deafen);
          case MUTENESS -> cutOff(fault, world::mute);
          case CUT_OF_THE_DATA_PLANE -> takeDown(World.Plane.DATA, fault);
          case CUT_OF_THE_CONTROL_PLANE -> takeDown(World.Plane.CONTROL, fault);
        };
    if (happened) {
      world.taken.count(fault.kind());
      world.trace.add(world.nowMs(), "*", "fault", fault);
    }
  }

  /** A process that runs at that moment suffers it, if one does. */
  private boolean toRunning(Fault fault, Consumer<Machine> suffering) {
    List<Machine> running = world.running();
    if (running.isEmpty()) {
      return false;
    }
    suffering.accept(running.get(fault.first() % running.size()));
    return true;
  }

  // Processes.

  private static boolean leads(Machine machine) {
    Life life = machine.life();
    return life != null && life.leads();
  }

  private void crash(Machine machine, long downMs) {
    machine.kill("crash");
    world.after(downMs, machine::start);
  }

  private boolean crashLeader(Fault fault) {
    Optional<Machine> leader = world.running().stream().filter(Troubles::leads).findFirst();
    leader.ifPresent(machine -> crash(machine, fault.forMs()));
    return leader.isPresent();
  }

  private boolean crashSome(Fault fault) {
    List<Machine> some =
        world.running().stream()
            .filter(machine -> (fault.second() >> machine.index % 8 & 1) == 1)
            .toList();
    some.forEach(machine -> crash(machine, fault.forMs()));
    return !some.isEmpty();
  }

  private boolean crashAll(Fault fault) {
    List<Machine> all = world.running();
    all.forEach(machine -> crash(machine, fault.forMs() * (machine.index + fault.second()) % 600));
    return !all.isEmpty();
  }

  private void slowDown(Machine machine, long forMs) {
    machine.slowDown(SLOWER);
    world.after(forMs, () -> machine.slowDown(1));
  }

  private void crashAgain(Machine machine, int times, long periodMs) {
    crash(machine, periodMs / 2);
    if (times > 1 && world.isTroubled()) {
      world.after(periodMs + 1, () -> crashAgain(machine, times - 1, periodMs));
    }
  }

  private static void secondLeader(Machine machine) {
    Life life = machine.life();
    if (life != null && !life.leads()) {
      life.lead();
    }
  }

  private boolean join(Fault fault) {
    world.machine(world.names().get(history.founders() + fault.first())).start();
    return true;
  }

  // What people order.

  private boolean pause(Fault fault) {
    List<Issuer.Plan> plans = new ArrayList<>();
    for (int round = 0; round <= fault.first() % MOST_PAUSES; round++) {
      plans.add(new Issuer.Plan(Order.Kind.PAUSE, "", fault.forMs()));
      plans.add(new Issuer.Plan(Order.Kind.RESUME, "", fault.forMs()));
    }
    return order(fault, plans);
  }

  private boolean snapshot(Fault fault) {
    Issuer.Plan plan = new Issuer.Plan(Order.Kind.SNAPSHOT, "", fault.forMs());
    return order(fault, Collections.nCopies(1 + fault.first() % MOST_PAUSES, plan));
  }

  private boolean restore(Fault fault) {
    List<RestoreLaws.Restorable> snapshots = world.laws.restorable();
    if (snapshots.isEmpty()) {
      return false;
    }
    RestoreLaws.Restorable chosen = snapshots.get(fault.first() % snapshots.size());
    new Restorer(world, chosen.job(), chosen.origin(++restores)).begin();
    return true;
  }

  /** The survivors, if any, are too few to choose anything. */
  private boolean loseVoters(Fault fault) {
    Configuration now = world.laws.newest();
    if (now == null || world.machines.values().stream().anyMatch(Machine::isAway)) {
      return false;
    }
    List<NodeId> voters = new ArrayList<>(now.voters());
    Collections.rotate(voters, fault.first() % voters.size());
    List<Machine> lost =
        voters.subList(0, voters.size() / 2 + 1).stream().map(world::machine).toList();
    boolean someoneIsLeft = world.running().stream().anyMatch(machine -> !lost.contains(machine));
    if (someoneIsLeft) {
      lost.forEach(Machine::isLost);
      new Bereaved(world, lost, ACCEPTANCES * ++losses).begin();
    }
    return someoneIsLeft;
  }

  private boolean cancel(Fault fault) {
    String why = "fault " + fault.id() + " cancels";
    return order(fault, List.of(new Issuer.Plan(Order.Kind.CANCEL, why, 0)));
  }

  private void drain(Fault fault, Machine victim) {
    Life life = victim.life();
    if (life != null) {
      order(fault, List.of(new Issuer.Plan(Order.Kind.DRAIN, life.self.toString(), 0)));
    }
  }

  /** Of the job that the cluster has at that moment, if it has one. */
  private boolean order(Fault fault, List<Issuer.Plan> plans) {
    Configuration now = world.laws.newest();
    if (now == null) {
      return false;
    }
    new Issuer(world, "issuer " + fault.id(), now.job().id(), plans).next();
    return true;
  }

  // The network.

  private NodeId named(int any) {
    return world.names().get(any % world.names().size());
  }

  private boolean cutLink(Fault fault) {
    world.cut(named(fault.first()), named(fault.second()));
    world.after(fault.forMs(), world::mendLinks);
    return true;
  }

  private boolean cutOff(Fault fault, Consumer<NodeId> cutting) {
    cutting.accept(named(fault.first()));
    world.after(fault.forMs(), world::mendLinks);
    return true;
  }

  private boolean takeDown(World.Plane plane, Fault fault) {
    world.takeDown(plane);
    world.after(fault.forMs(), world::mendLinks);
    return true;
  }

  // What takes stored state away, where the shards can stand it.

  private boolean powerCut(Fault fault) {
    if (history.syncsAtIntervals()) {
      return loseState(fault, machine -> machine.loseUnsynced(fault.second()));
    }
    // Every step is synced before it is told of: nothing is lost but the processes.
    world.running().forEach(machine -> crash(machine, fault.forMs()));
    return true;
  }

  private boolean leave(Fault fault) {
    NodeId victim = named(fault.first());
    return canSpare(victim) && !history.hasAnOddDevice() && loseState(fault, Machine::leave);
  }

  /** Whether a majority of voters stays if this node goes for good, whatever is in the making. */
  private boolean canSpare(NodeId node) {
    return accepted().stream()
        .map(Configuration::voters)
        .allMatch(
            voters -> {
              long staying =
                  voters.stream()
                      .filter(voter -> !voter.equals(node) && !world.machine(voter).isGone())
                      .count();
              return staying > voters.size() / 2;
            });
  }

  /** What some voter has accepted: chosen, or it may still be. */
  private List<Configuration> accepted() {
    List<Configuration> known = new ArrayList<>();
    for (Machine machine : world.machines.values()) {
      Ballot ballot = machine.disk.read().accepted();
      if (ballot != null) {
        known.add(ballot.configuration());
      }
    }
    return known;
  }

  private boolean flip(Fault fault) {
    Configuration now = world.laws.newest();
    Machine victim = world.machine(named(fault.first()));
    boolean costsAVersion =
        now != null
            && now.job().shards() == 1
            && now.job().replicas() == 1
            && holdsTwo(now, victim);
    if (costsAVersion) {
      victim.flipABit(fault.second());
      world.after(fault.forMs(), victim::start);
      return true;
    }
    return loseState(fault, machine -> machine.flipABit(fault.second()));
  }

  /** A job with one copy of everything can only fall back to the version before. */
  private boolean holdsTwo(Configuration now, Machine victim) {
    ToyDisk.Store store = victim.disk.store(now.job().id(), 0);
    long newest = store.newest();
    boolean isTheCopy = now.owners().getFirst().node().equals(victim.name);
    return isTheCopy && newest > 0 && store.record(newest - 1) != null;
  }

  /** Makes a running replica odd, of a job that has another of everything; once a history. */
  private boolean silently(Fault fault, Consumer<Machine> loss) {
    Configuration now = world.laws.newest();
    Machine victim = world.machine(named(fault.first()));
    boolean isPaired =
        now != null && now.shards().stream().allMatch(shard -> shard.replicas().size() > 1);
    if (!isPaired || !victim.isRunning() || oneIsOdd) {
      return false;
    }
    oneIsOdd = true;
    victim.turnsOdd();
    loss.accept(victim);
    return true;
  }

  /**
   * A node loses its stores, or some of what is in them, if every shard that it holds has another
   * living replica with the newest committed version, in the configuration in force and in any that
   * may follow it, and no other loss is still to be healed.
   */
  private boolean loseState(Fault fault, Consumer<Machine> loss) {
    Configuration now = world.laws.newest();
    if (now == null || !world.isTroubled() || !world.healed(now)) {
      return false;
    }
    Machine victim = world.machine(named(fault.first()));
    boolean spared =
        isSpared(now, victim)
            && accepted().stream()
                .filter(next -> next.number() > now.number() && next.job().equals(now.job()))
                .allMatch(next -> isSpared(next, victim));
    if (!spared) {
      return false;
    }
    loss.accept(victim);
    world.wiped(victim);
    world.after(fault.forMs(), victim::start);
    return true;
  }

  private boolean isSpared(Configuration configuration, Machine victim) {
    for (ShardMembers shard : configuration.shards()) {
      boolean holds = shard.replicas().stream().anyMatch(r -> r.node().equals(victim.name));
      if (holds && !hasAnotherGoodReplica(configuration, shard, victim)) {
        return false;
      }
    }
    return true;
  }

  private boolean hasAnotherGoodReplica(Configuration now, ShardMembers shard, Machine victim) {
    long committed = world.laws.committedVersion(now.job().id());
    for (Member replica : shard.replicas()) {
      Machine machine = world.machine(replica.node());
      if (machine != victim && machine.isRunning()) {
        ToyDisk.Store store = machine.disk.store(now.job().id(), shard.shard());
        if (store.isSound(Math.max(0, committed))) {
          return true;
        }
      }
    }
    return false;
  }
}
