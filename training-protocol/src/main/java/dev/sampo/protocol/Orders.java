package dev.sampo.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What people have ordered, as a job's register holds it: what follows from it, and the last order
 * of each issuer, by which a repeated one is known.
 *
 * @param snapshot the last one that was ordered
 * @param leaving lives of nodes that are to leave, or have left; none in what a voter wrote before
 *     there were any
 * @param last in the order in which they were obeyed, one of each issuer
 * @param origin where the run begins; version 0 in what a voter wrote before there was a choice
 * @param loss the number of the last loss of voters that was accepted, 0 before the first
 */
public record Orders(
    Pace pace,
    SnapshotOrder snapshot,
    List<Member> leaving,
    List<Order> last,
    Origin origin,
    long loss) {
  /** More people than ever order something of one job; the register must not grow without end. */
  public static final int MOST_ISSUERS = 64;

  public static final Orders NONE =
      new Orders(Pace.STEPPING, SnapshotOrder.NONE, List.of(), List.of(), Origin.VERSION_ZERO, 0);

  /** Whether steps begin. */
  public enum Pace {
    STEPPING,
    PAUSED
  }

  public Orders {
    leaving = List.copyOf(Objects.requireNonNullElse(leaving, List.of()));
    last = List.copyOf(last);
    origin = Objects.requireNonNullElse(origin, Origin.VERSION_ZERO);
  }

  /** The last order of {@code issuer} that was obeyed. */
  public Optional<Order> lastOf(String issuer) {
    return last.stream().filter(order -> order.issuer().equals(issuer)).findFirst();
  }

  /** These and {@code order}, which is no repetition. */
  Orders and(Order order) {
    List<Order> next = new ArrayList<>(last);
    next.removeIf(other -> other.issuer().equals(order.issuer()));
    next.add(order);
    Pace then =
        switch (order.kind()) {
          case PAUSE -> Pace.PAUSED;
          case RESUME -> Pace.STEPPING;
          case CANCEL, SNAPSHOT, DRAIN -> pace;
        };
    boolean wanted = order.kind() == Order.Kind.SNAPSHOT;
    return new Orders(
        then, wanted ? SnapshotOrder.WANTED : snapshot, leavingAfter(order), next, origin, loss);
  }

  /** One life of a node takes the place of an earlier one. */
  private List<Member> leavingAfter(Order order) {
    List<Member> next = new ArrayList<>(leaving);
    if (order.kind() == Order.Kind.DRAIN) {
      Member named = Member.parse(order.text()).orElseThrow();
      next.removeIf(other -> other.node().equals(named.node()));
      next.add(named);
    }
    return next;
  }

  /**
   * What a run that begins keeps of the one before: late repetitions are still known by it.
   *
   * @param next where it begins
   */
  public Orders forTheNextRun(Origin next) {
    return new Orders(
        Pace.STEPPING,
        SnapshotOrder.NONE,
        leaving,
        last,
        next.namesASnapshot() ? next : origin.givenUp(),
        loss);
  }

  /** After the snapshot that was wanted. */
  Orders after(SnapshotOrder outcome) {
    return new Orders(pace, outcome, leaving, last, origin, loss);
  }

  /** After a loss of voters was accepted. */
  Orders afterLoss(long accepted) {
    return new Orders(pace, snapshot, leaving, last, origin, accepted);
  }
}
