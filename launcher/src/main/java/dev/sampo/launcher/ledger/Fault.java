package dev.sampo.launcher.ledger;

import java.util.List;

/**
 * Processes that were killed with {@code kill -9} at one moment.
 *
 * @param kind why these
 * @param nodes their names
 * @param timeMs when the kill had been done, on the wall clock
 */
public record Fault(Kind kind, List<String> nodes, long timeMs) {
  /** What a killed node had. */
  public enum Kind {
    COORDINATOR("the coordinator's node"),
    OWNER("a shard owner's node"),
    WORKER("a worker's node"),
    ALL("all nodes");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /** As people say it. */
    public String words() {
      return words;
    }
  }

  /** Copies the names. */
  public Fault {
    nodes = List.copyOf(nodes);
  }

  /** The fault in a few words, such as {@code kill -9 a (the coordinator's node)}. */
  public String words() {
    return "kill -9 " + String.join(" ", nodes) + " (" + kind.words() + ")";
  }
}
