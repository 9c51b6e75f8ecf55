package dev.sampo.actors.job;

import java.util.function.Consumer;

/**
 * Who in this process wants to know of a job on this node while it runs. Nothing that is observed
 * changes what is computed.
 *
 * @param observer is told, on threads of the node's; must not wait
 */
public record RunWatch(Consumer<Observation> observer) {
  /** Nobody looks. */
  public static final RunWatch NOBODY = new RunWatch(observation -> {});

  void tell(Observation observation) {
    observer.accept(observation);
  }
}
