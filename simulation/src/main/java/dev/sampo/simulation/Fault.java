package dev.sampo.simulation;

import java.util.Locale;

/**
 * Something that goes wrong. All faults of a history are drawn before it begins, so that a schedule
 * can be shortened fault by fault.
 *
 * @param id its place in the history's full schedule
 * @param atMs when, in virtual time
 * @param forMs how long it lasts, or until a process that died is started again
 * @param first the node that it happens to, counted among those that can have it at that moment
 * @param second the other node, or whatever else the kind needs
 */
record Fault(int id, Kind kind, long atMs, long forMs, int first, int second) {
  /** What can go wrong. FAULTS of the design, as far as the core can feel them. */
  enum Kind {
    /** One process dies; its disk stays. */
    CRASH(false),
    CRASH_OF_THE_LEADER(false),
    /** Some processes die: a minority, a majority, whatever comes. */
    CRASH_OF_SOME(false),
    CRASH_OF_ALL(false),
    /** A process dies in the middle of one of its next writes. */
    CRASH_IN_A_WRITE(false),
    /** A process dies again and again. */
    CRASH_LOOP(false),
    /** Nothing gets from or to a node. */
    ISOLATION(true),
    /** A node is heard but hears nothing. */
    DEAFNESS(true),
    /** A node hears but is not heard. */
    MUTENESS(true),
    /** Nothing gets from one node to another; the other way is open. */
    CUT_OF_A_LINK(true),
    /** Pieces, gradients, parameters and copies are lost; the control plane is up. */
    CUT_OF_THE_DATA_PLANE(true),
    CUT_OF_THE_CONTROL_PLANE(true),
    /** Two coordinators at once. */
    SECOND_LEADER(false),
    /** A process stands still, and goes on later as if nothing had been. */
    STOP(true),
    /** A node is slow in all that it does. */
    SLOWNESS(false),
    CLOCK_JUMP_AHEAD(true),
    CLOCK_JUMP_BACK(true),
    /** Writes of replicas end their process, for a while. */
    STORE_FULL(true),
    /** Writes of replicas take long. */
    STORE_SLOW(false),
    /** The stores of a node are lost, what its voter wrote is not. */
    STORE_LOST(false),
    /** A bit of a stored side flips; it is seen when the process starts again. */
    BIT_FLIP(false),
    /** A bit flips in the memory of a process, in a side that it works with. */
    MEMORY_FLIP(false),
    /** The arithmetic of one step comes out wrong, once. */
    SLIP(false),
    /** A node loses what it had not synced. */
    POWER_CUT(false),
    /** Somebody orders a pause, and some time later to resume; once, or again and again. */
    PAUSE(false),
    /** Somebody orders a snapshot, or one after the other. */
    SNAPSHOT(false),
    /** Somebody orders that a job goes back to a snapshot, which has been made by then. */
    RESTORE(false),
    /** A majority of the voters dies, somebody takes it for lost, and it comes back after all. */
    VOTERS_LOST(false),
    /** Somebody orders that the job stops. */
    CANCEL(false),
    /** Somebody orders that a node hands over what it has, and goes for good. */
    DRAIN(false),
    /** A node comes for the first time. */
    JOIN(false),
    /** A node goes for good. */
    LEAVE(false);

    /**
     * Whether it may let a node seem dead that is not. Such a false suspicion and a lost store
     * together may rightly cost a shard, so a history has the one or the other.
     */
    final boolean isRough;

    Kind(boolean isRough) {
      this.isRough = isRough;
    }

    /**
     * Whether it makes a process odd in silence. What nobody compares nobody can notice: with a
     * crash of the only other replica, or while recovery copies a version that one replica alone
     * has made. So such a history has nothing that changes the fence in the middle of a step.
     */
    boolean isSilent() {
      return this == MEMORY_FLIP || this == SLIP;
    }

    boolean goesWithSilence() {
      return isSilent() || this == SLOWNESS || this == STORE_SLOW;
    }

    /** Whether a person has a part in it; such are drawn apart. */
    boolean isOrdered() {
      return this == PAUSE
          || this == SNAPSHOT
          || this == CANCEL
          || this == DRAIN
          || this == RESTORE
          || this == VOTERS_LOST;
    }

    /** Whether it takes stored state away. */
    boolean losesState() {
      return this == STORE_LOST || this == BIT_FLIP || this == LEAVE || this == POWER_CUT;
    }
  }

  @Override
  public String toString() {
    return "#%d at %d ms for %d ms: %s (%d, %d)"
        .formatted(id, atMs, forMs, kind.name().toLowerCase(Locale.ROOT), first, second);
  }
}
