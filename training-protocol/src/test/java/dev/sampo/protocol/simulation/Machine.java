package dev.sampo.protocol.simulation;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node over all its lives: a disk, and at times a process. */
final class Machine {
  final NodeId name;
  final int index;
  final boolean stores;
  final ToyDisk disk;
  private final World world;
  private long incarnation;
  private long wipedBefore;
  private @Nullable Life life;

  Machine(World world, NodeId name, int index, boolean stores) {
    this.world = world;
    this.name = name;
    this.index = index;
    this.stores = stores;
    this.disk = new ToyDisk(world.plant, world.laws::onVoterWrite);
  }

  boolean isRunning() {
    return life != null;
  }

  @Nullable Life life() {
    return life;
  }

  void start() {
    if (life == null) {
      incarnation++;
      Life born = new Life(world, this, new Member(name, incarnation));
      life = born;
      world.trace.add(world.nowMs(), "start", born.self);
      born.begin();
    }
  }

  void kill(String why) {
    if (life != null) {
      world.trace.add(world.nowMs(), "kill, " + why, life.self);
      life = null;
      disk.onProcessDied();
    }
  }

  /** The stores of replicas are lost with the process; what the voter wrote is not. */
  void wipe() {
    kill("store lost");
    wipedBefore = incarnation + 1;
    disk.wipeStores();
  }

  /** Whether what this life wrote has been wiped since. */
  boolean wipedAtLife(Member of) {
    return of.incarnation() < wipedBefore;
  }

  /** Does something in the process, if one runs; it may die in the middle of it. */
  void run(Consumer<Life> action) {
    Life running = life;
    if (running == null) {
      return;
    }
    try {
      action.accept(running);
    } catch (ProcessDied died) {
      kill("in the middle of a write");
    }
  }
}
