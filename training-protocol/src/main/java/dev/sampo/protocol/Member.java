package dev.sampo.protocol;

import java.util.Optional;

/**
 * One life of a node. A restarted process has a new, higher incarnation, and no message meant for
 * the old one reaches it: what a process forgot by dying it cannot be asked to honour.
 */
public record Member(NodeId node, long incarnation) implements Comparable<Member> {
  /** The incarnation that stands for whichever is alive. Voters keep their state on disk. */
  public static final long ANY = 0;

  public static Member anyOf(NodeId node) {
    return new Member(node, ANY);
  }

  /** Reads what {@link #toString} wrote; empty if it is something else. */
  public static Optional<Member> parse(String text) {
    int at = text.lastIndexOf('#');
    return at > 0 && text.substring(at + 1).matches("[0-9]{1,18}")
        ? Optional.of(
            new Member(new NodeId(text.substring(0, at)), Long.parseLong(text.substring(at + 1))))
        : Optional.empty();
  }

  /** Whether a message addressed to this member is meant for {@code process}. */
  public boolean means(Member process) {
    return node.equals(process.node) && (incarnation == ANY || incarnation == process.incarnation);
  }

  @Override
  public int compareTo(Member other) {
    int byNode = node.compareTo(other.node);
    return byNode != 0 ? byNode : Long.compare(incarnation, other.incarnation);
  }

  @Override
  public String toString() {
    return node + "#" + incarnation;
  }
}
