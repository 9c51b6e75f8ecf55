package dev.sampo.gradient;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/**
 * How a thread that polls waits: it spins for some microseconds, yields, dozes for about a
 * millisecond, naps, and when nothing has happened for some 7 ms it rests, 5 ms at a time.
 *
 * <p>Naps of 1 ms without the rest cost each polling thread 1.5 to 2.2 % of a core for ever. One
 * piece of work alone, mostly a heartbeat, interrupts the rest for two naps; only more work within
 * them ends it. Rests make the first transfer after a pause some milliseconds later, and no others.
 * Belongs to one thread.
 */
final class RestingIdleStrategy implements IdleStrategy {
  private static final int SPINS = 10;
  private static final int YIELDS = 10;
  private static final int DOZES = 10;
  private static final long DOZE_NS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final int NAPS = 6;
  private static final long NAP_NS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long REST_NS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final int RESTING = SPINS + YIELDS + DOZES + NAPS;
  private static final int NAPS_AFTER_A_BEAT = 2;

  private int idleRounds;

  @Override
  public void idle(int workCount) {
    if (workCount > 0) {
      idleRounds = idleRounds == RESTING ? RESTING - NAPS_AFTER_A_BEAT : 0;
    } else {
      idle();
    }
  }

  // Yielding is no more than politeness here: on two cores, who we wait for may need this one.
  @SuppressWarnings("ThreadPriorityCheck")
  @Override
  public void idle() {
    int round = idleRounds;
    idleRounds = Math.min(round + 1, RESTING);
    if (round < SPINS) {
      Thread.onSpinWait();
    } else if (round < SPINS + YIELDS) {
      Thread.yield();
    } else if (round < SPINS + YIELDS + DOZES) {
      LockSupport.parkNanos(DOZE_NS);
    } else if (round < RESTING) {
      LockSupport.parkNanos(NAP_NS);
    } else {
      LockSupport.parkNanos(REST_NS);
    }
  }

  @Override
  public void reset() {
    idleRounds = 0;
  }

  @Override
  public String alias() {
    return "resting";
  }
}
