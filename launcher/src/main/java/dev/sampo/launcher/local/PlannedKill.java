package dev.sampo.launcher.local;

import dev.sampo.launcher.ledger.Fault;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A kill that is to come. Who is hit follows from what the nodes are at that moment, by a draw.
 *
 * @param kind what the victim must have
 * @param atVersion version from which on it is made, as soon as the cluster is whole
 * @param draw which of those that may be hit it is
 * @param successor what is started afterwards
 */
public record PlannedKill(Fault.Kind kind, long atVersion, int draw, Successor successor) {
  /** What takes a victim's place. */
  public enum Successor {
    /** The same node, on the folder that it left. */
    SAME_NODE,
    /** A node that was never there, with an empty folder. */
    NEW_NODE
  }

  /** Checks that somebody is left to teach a newcomer. */
  public PlannedKill {
    if (kind == Fault.Kind.ALL && successor == Successor.NEW_NODE) {
      throw new IllegalArgumentException("where all die, the stores must come back: kind=" + kind);
    }
  }

  /** Draws the moment between two fractions of the job's steps, and the victim. */
  public static PlannedKill draw(
      SplittableRandom random, Fault.Kind kind, Window window, Successor successor) {
    long version = window.draw(random);
    return new PlannedKill(kind, version, random.nextInt(Integer.MAX_VALUE), successor);
  }

  /**
   * When a kill may come.
   *
   * @param low least fraction of the steps
   * @param high largest fraction
   * @param steps of the job
   */
  public record Window(double low, double high, long steps) {
    long draw(SplittableRandom random) {
      return Math.max(1, (long) (steps * (low + (high - low) * random.nextDouble())));
    }
  }

  /** A whole plan, in words. */
  public static String words(List<PlannedKill> plan) {
    return plan.stream().map(PlannedKill::words).collect(Collectors.joining(", "));
  }

  /** What is planned, in words. */
  public String words() {
    return "%s at step %d".formatted(kind.words(), atVersion);
  }
}
