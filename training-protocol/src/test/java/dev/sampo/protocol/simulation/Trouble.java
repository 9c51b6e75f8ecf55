package dev.sampo.protocol.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What goes wrong in a history, until its time of trouble is over. */
final class Trouble {
  private final World world;
  private final Random random;
  private final boolean gentle;

  Trouble(World world) {
    this.world = world;
    this.random = world.random;
    this.gentle = world.history.wipes();
  }

  void begin() {
    long at = 50;
    while (at < world.history.troubleMs()) {
      world.after(at, this::somethingHappens);
      at += 20 + random.nextInt(600);
    }
    world.after(world.history.troubleMs(), this::end);
  }

  private void somethingHappens() {
    int kind = random.nextInt(12);
    switch (kind) {
      case 0, 1, 2 -> killOne(random.nextInt(400));
      case 3 -> killLeader();
      case 4 -> killAll();
      case 5 -> killOne(0);
      case 6, 7 -> cut();
      case 8, 9 -> secondLeader();
      case 10 -> killSome();
      default -> wipe();
    }
  }

  private void end() {
    world.trace.add(world.nowMs(), "calm", "");
    world.calm();
    world.machines.values().forEach(Machine::start);
  }

  private void kill(Machine machine, long downMs) {
    machine.kill("crash");
    world.after(downMs, machine::start);
  }

  private void killOne(long downMs) {
    List<Machine> running = world.running();
    if (!running.isEmpty()) {
      kill(world.any(running), downMs);
    }
  }

  private void killLeader() {
    for (Machine machine : world.running()) {
      Life life = machine.life();
      if (life != null && life.leads()) {
        kill(machine, random.nextInt(500));
        return;
      }
    }
  }

  private void killAll() {
    world.running().forEach(machine -> kill(machine, random.nextInt(600)));
  }

  /** A minority, a majority, whatever comes. */
  private void killSome() {
    for (Machine machine : world.running()) {
      if (random.nextBoolean()) {
        kill(machine, random.nextInt(600));
      }
    }
  }

  private void cut() {
    if (gentle) {
      return;
    }
    List<Machine> all = List.copyOf(world.machines.values());
    if (random.nextBoolean()) {
      world.isolate(world.any(all).name, random.nextBoolean());
    } else {
      world.cut(world.any(all).name, world.any(all).name);
    }
    world.after(random.nextInt(600), world::mendLinks);
  }

  private void secondLeader() {
    List<Machine> running = world.running();
    if (!running.isEmpty()) {
      Life life = world.any(running).life();
      if (life != null && !life.leads()) {
        life.lead();
      }
    }
  }

  /**
   * A node loses its stores, if every shard that it holds has another living replica with the
   * newest committed version, and no other store was lost that is not healed yet.
   */
  private void wipe() {
    Configuration now = world.laws.newest();
    if (!gentle || now == null || !world.healed(now)) {
      return;
    }
    Machine victim = world.any(List.copyOf(world.machines.values()));
    for (ShardMembers shard : now.shards()) {
      boolean holds = shard.replicas().stream().anyMatch(r -> r.node().equals(victim.name));
      if (holds && !hasAnotherGoodReplica(now, shard, victim)) {
        return;
      }
    }
    victim.wipe();
    world.wiped(victim);
    world.after(random.nextInt(400), victim::start);
  }

  private boolean hasAnotherGoodReplica(Configuration now, ShardMembers shard, Machine victim) {
    long committed = world.laws.committedVersion(now.job().id());
    for (Member replica : shard.replicas()) {
      @Nullable Machine machine = world.machines.get(replica.node());
      if (machine != null && machine != victim && machine.isRunning()) {
        ToyDisk.Store store = machine.disk.store(now.job().id(), shard.shard());
        if (store.newest() >= Math.max(0, committed)) {
          return true;
        }
      }
    }
    return false;
  }
}
