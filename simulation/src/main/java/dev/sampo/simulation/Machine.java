package dev.sampo.simulation;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node over all its lives: a disk, a clock, and at times a process. */
final class Machine {
  private static final long RESTART_MS = 120;

  final NodeId name;
  final int index;
  final boolean stores;
  final ToyDisk disk;
  private final World world;
  private long incarnation;
  private long wipedBefore;
  private @Nullable Life life;

  private long stoppedUntilMs;
  private long storeFullUntilMs;
  private long storeSlowUntilMs;
  private int writesUntilDeath;
  private int slowness = 1;
  private long clockAheadMs;
  private boolean gone;
  private boolean lost;
  private boolean odd;
  private boolean slips;

  Machine(World world, NodeId name, int index, boolean stores) {
    this.world = world;
    this.name = name;
    this.index = index;
    this.stores = stores;
    this.disk =
        new ToyDisk(
            world.sabotage, (before, after) -> world.laws.onVoterWrite(name, before, after));
  }

  boolean isRunning() {
    return life != null;
  }

  @Nullable Life life() {
    return life;
  }

  void start() {
    if (life == null && !gone && !lost) {
      incarnation++;
      Life born = new Life(world, this, new Member(name, incarnation));
      life = born;
      world.trace.add(world.nowMs(), born.self, "starts", "");
      born.begin();
    }
  }

  void kill(String why) {
    if (life != null) {
      world.trace.add(world.nowMs(), life.self, "dies", why);
      life = null;
      stoppedUntilMs = 0;
      disk.onProcessDied();
    }
  }

  /** Goes for good. */
  void leave() {
    kill("leaves for good");
    gone = true;
    wipedBefore = incarnation + 1;
  }

  boolean isGone() {
    return gone;
  }

  /** Dies, and is given up by those who run it. */
  void isLost() {
    kill("is lost");
    lost = true;
  }

  boolean isAway() {
    return lost;
  }

  /** Was only away after all. */
  void isFound() {
    lost = false;
    start();
  }

  /** The stores of replicas are lost with the process; what the voter wrote is not. */
  void loseStores() {
    kill("its stores are lost");
    wipedBefore = incarnation + 1;
    disk.wipeStores();
  }

  /** A bit of a stored side flips; the process starts again, and finds out. */
  void flipABit(int which) {
    kill("a bit flips in its store");
    wipedBefore = incarnation + 1;
    disk.flipABit(which);
  }

  /** What the disk had not synced is lost. */
  void loseUnsynced(int which) {
    kill("power cut");
    wipedBefore = incarnation + 1;
    disk.onPowerCut(which);
  }

  /** Whether what this life wrote may have been lost since. */
  boolean wipedAtLife(Member of) {
    return of.incarnation() < wipedBefore;
  }

  // What a process can be made to suffer.

  void stop(long forMs) {
    stoppedUntilMs = Math.max(stoppedUntilMs, world.nowMs() + forMs);
  }

  void slowDown(int factor) {
    slowness = factor;
  }

  int slowness() {
    return slowness;
  }

  void moveClock(long byMs) {
    clockAheadMs += byMs;
  }

  /** What its processes take for the time. */
  long clockMs() {
    return world.nowMs() + clockAheadMs;
  }

  void fillStore(long forMs) {
    storeFullUntilMs = world.nowMs() + forMs;
  }

  void slowStore(long forMs) {
    storeSlowUntilMs = world.nowMs() + forMs;
  }

  void dieInAWrite(int writes) {
    writesUntilDeath = writes;
  }

  /** Called in the middle of every write of a replica. */
  void onWrite() {
    long nowMs = world.nowMs();
    if (nowMs < storeSlowUntilMs) {
      stop(1 + world.random.nextInt(15));
    }
    boolean chosen = writesUntilDeath > 0 && --writesUntilDeath == 0;
    if (chosen || nowMs < storeFullUntilMs) {
      throw new ProcessDied();
    }
  }

  /** From now on what it makes may be wrong, until it is found out. */
  void turnsOdd() {
    odd = true;
  }

  boolean isOdd() {
    return odd;
  }

  void slipOnce() {
    slips = true;
  }

  /** Whether this is the arithmetic that slips. */
  boolean slipsNow() {
    boolean now = slips;
    slips = false;
    return now;
  }

  /** Whether what its device computes now comes out wrong. */
  boolean liesNow() {
    Liar liar = world.history.liar();
    return liar != null && liar.mayLie(index, world.nowMs()) && world.chance(liar.often());
  }

  /** Nothing more goes wrong. A clock that jumped stays where it is. */
  void calm() {
    stoppedUntilMs = 0;
    storeFullUntilMs = 0;
    storeSlowUntilMs = 0;
    writesUntilDeath = 0;
    slowness = 1;
    start();
  }

  /** Does something in the process, if one runs and when it runs; it may die in the middle. */
  void run(Consumer<Life> action) {
    Life running = life;
    if (running == null) {
      return;
    }
    long stoppedMs = stoppedUntilMs - world.nowMs();
    if (stoppedMs > 0) {
      world.after(stoppedMs, () -> run(action));
      return;
    }
    try {
      action.accept(running);
    } catch (ProcessDied died) {
      kill("in the middle of a write");
      world.after(RESTART_MS, this::start);
    }
  }
}
