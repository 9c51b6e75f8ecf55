package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.ShardMembers;
import java.util.List;

/** Brings a schedule's faults about, until its time of trouble is over. */
final class Troubles {
  private static final int SLOWER = 6;
  private static final int LOOPS = 5;

  private final World world;
  private final History history;

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
    boolean happened =
        switch (fault.kind()) {
          case JOIN -> join(fault);
          case STORE_LOST -> loseState(fault, Machine::loseStores);
          case BIT_FLIP -> flip(fault);
          case POWER_CUT -> powerCut(fault);
          case LEAVE -> leave(fault);
          case CUT_OF_A_LINK, ISOLATION, DEAFNESS, MUTENESS -> cut(fault);
          case CUT_OF_THE_DATA_PLANE -> takeDown(World.Plane.DATA, fault);
          case CUT_OF_THE_CONTROL_PLANE -> takeDown(World.Plane.CONTROL, fault);
          default -> happensToRunning(fault);
        };
    if (happened) {
      world.taken.count(fault.kind());
      world.trace.add(world.nowMs(), "*", "fault", fault);
    }
  }

  private boolean happensToRunning(Fault fault) {
    List<Machine> running = world.running();
    if (running.isEmpty()) {
      return false;
    }
    Machine victim = running.get(fault.first() % running.size());
    switch (fault.kind()) {
      case CRASH -> crash(victim, fault.forMs());
      case CRASH_OF_THE_LEADER ->
          running.stream()
              .filter(Troubles::leads)
              .findFirst()
              .ifPresent(leader -> crash(leader, fault.forMs()));
      case CRASH_OF_SOME ->
          running.stream()
              .filter(machine -> (fault.second() >> machine.index % 8 & 1) == 1)
              .forEach(machine -> crash(machine, fault.forMs()));
      case CRASH_OF_ALL ->
          running.forEach(
              machine -> crash(machine, fault.forMs() * (machine.index + fault.second()) % 600));
      case CRASH_IN_A_WRITE -> victim.dieInAWrite(1 + fault.second() % 9);
      case CRASH_LOOP -> crashAgain(victim, LOOPS, fault.forMs() / 4);
      case SECOND_LEADER -> secondLeader(victim);
      case STOP -> victim.stop(fault.forMs());
      case SLOWNESS -> {
        victim.slowDown(SLOWER);
        world.after(fault.forMs(), () -> victim.slowDown(1));
      }
      case CLOCK_JUMP_AHEAD -> victim.moveClock(fault.forMs() * 4);
      case CLOCK_JUMP_BACK -> victim.moveClock(-fault.forMs() * 4);
      case STORE_FULL -> victim.fillStore(fault.forMs());
      case STORE_SLOW -> victim.slowStore(fault.forMs() * 2);
      default -> throw new IllegalStateException("brought about elsewhere: " + fault);
    }
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

  // The network.

  private boolean cut(Fault fault) {
    List<NodeId> names = world.names();
    NodeId victim = names.get(fault.first() % names.size());
    NodeId other = names.get(fault.second() % names.size());
    switch (fault.kind()) {
      case MUTENESS -> world.mute(victim);
      case DEAFNESS -> world.deafen(victim);
      case CUT_OF_A_LINK -> world.cut(victim, other);
      default -> {
        world.mute(victim);
        world.deafen(victim);
      }
    }
    world.after(fault.forMs(), world::mendLinks);
    return true;
  }

  private boolean takeDown(World.Plane plane, Fault fault) {
    world.takeDown(plane);
    world.after(fault.forMs(), world::mendLinks);
    return true;
  }

  // What takes stored state away, where the shards can stand it.

  private interface Loss {
    void happensTo(Machine victim);
  }

  private boolean powerCut(Fault fault) {
    if (history.syncsAtIntervals()) {
      return loseState(fault, machine -> machine.loseUnsynced(fault.second()));
    }
    // Every step is synced before it is told of: nothing is lost but the processes.
    world.running().forEach(machine -> crash(machine, fault.forMs()));
    return true;
  }

  private boolean leave(Fault fault) {
    long others =
        world.founders().stream().filter(name -> !world.machine(name).isGone()).count() - 1;
    boolean votersStay = others > world.founders().size() / 2;
    return votersStay && !history.hasAnOddDevice() && loseState(fault, Machine::leave);
  }

  private boolean flip(Fault fault) {
    Configuration now = world.laws.newest();
    Machine victim = world.machine(world.names().get(fault.first() % world.names().size()));
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

  /**
   * A node loses its stores, or some of what is in them, if every shard that it holds has another
   * living replica with the newest committed version, and no other loss is still to be healed.
   */
  private boolean loseState(Fault fault, Loss loss) {
    Configuration now = world.laws.newest();
    if (now == null || !world.isTroubled() || !world.healed(now)) {
      return false;
    }
    Machine victim = world.machine(world.names().get(fault.first() % world.names().size()));
    for (ShardMembers shard : now.shards()) {
      boolean holds = shard.replicas().stream().anyMatch(r -> r.node().equals(victim.name));
      if (holds && !hasAnotherGoodReplica(now, shard, victim)) {
        return false;
      }
    }
    loss.happensTo(victim);
    world.wiped(victim);
    world.after(fault.forMs(), victim::start);
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
