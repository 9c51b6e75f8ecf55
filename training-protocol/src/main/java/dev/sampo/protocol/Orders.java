package dev.sampo.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What people have ordered, as a job's register holds it: what follows from it, and the last order
 * of each issuer, by which a repeated one is known.
 *
 * @param last in the order in which they were obeyed, one of each issuer
 */
public record Orders(Pace pace, List<Order> last) {
  /** More people than ever order something of one job; the register must not grow without end. */
  public static final int MOST_ISSUERS = 64;

  public static final Orders NONE = new Orders(Pace.STEPPING, List.of());

  /** Whether steps begin. */
  public enum Pace {
    STEPPING,
    PAUSED
  }

  public Orders {
    last = List.copyOf(last);
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
          case CANCEL -> pace;
        };
    return new Orders(then, next);
  }

  /** What a job that begins keeps of the one before: late repetitions are still known by it. */
  public Orders forTheNextJob() {
    return new Orders(Pace.STEPPING, last);
  }
}
