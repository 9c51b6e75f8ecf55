package dev.sampo.protocol.membership;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Every node that was ever heard of, with its last card and when it came. */
public final class Directory {
  private record Entry(NodeCard card, long heardMs, OptionalLong dataHeardMs) {}

  private final long suspectAfterMs;
  private final Map<NodeId, Entry> entries = new TreeMap<>();

  public Directory(long suspectAfterMs) {
    this.suspectAfterMs = suspectAfterMs;
  }

  /** What a beat tells about the life of its sender. */
  public enum Heard {
    NEW_LIFE,
    KNOWN,
    /** A late beat of a life that has ended. */
    OLD_LIFE
  }

  public Heard beat(NodeCard card, long nowMs) {
    Entry known = entries.get(card.member().node());
    if (known != null && known.card.member().incarnation() > card.member().incarnation()) {
      return Heard.OLD_LIFE;
    }
    if (known == null || !known.card.member().equals(card.member())) {
      entries.put(card.member().node(), new Entry(card, nowMs, OptionalLong.empty()));
      return Heard.NEW_LIFE;
    }
    entries.put(card.member().node(), new Entry(card, nowMs, known.dataHeardMs));
    return Heard.KNOWN;
  }

  /** When the data plane heard this life last; what it says of other lives is ignored. */
  public void heardOnDataPlane(Member member, long heardMs) {
    Entry known = entries.get(member.node());
    if (known != null && known.card.member().equals(member)) {
      entries.put(member.node(), new Entry(known.card, known.heardMs, OptionalLong.of(heardMs)));
    }
  }

  /**
   * A process that is known to be dead (its connection was refused) need not be waited for.
   *
   * @return whether this was news: it had counted as this node's present life
   */
  public boolean buried(Member member) {
    Entry known = entries.get(member.node());
    boolean news = known != null && known.card.member().equals(member);
    if (news) {
      entries.remove(member.node());
    }
    return news;
  }

  public Optional<NodeCard> card(NodeId node) {
    return Optional.ofNullable(entries.get(node)).map(Entry::card);
  }

  public Optional<NodeCard> byIncarnation(long incarnation) {
    return entries.values().stream()
        .map(Entry::card)
        .filter(card -> card.member().incarnation() == incarnation)
        .findFirst();
  }

  /** Those whose silence is not suspicious, by name. */
  public ClusterView view(long nowMs) {
    List<NodeCard> alive = new ArrayList<>();
    for (Entry entry : entries.values()) {
      if (judge(entry, nowMs) instanceof Suspicion.Alive) {
        alive.add(entry.card);
      }
    }
    return new ClusterView(alive);
  }

  /** Those from whom nothing was heard for some time: whether they still live is worth a look. */
  public List<NodeCard> silentFor(long silentMs, long nowMs) {
    return entries.values().stream()
        .filter(entry -> nowMs - entry.heardMs >= silentMs)
        .map(Entry::card)
        .toList();
  }

  /** Why {@code member} does not count as alive; empty if it does. */
  public Optional<String> suspicion(Member member, long nowMs) {
    Entry entry = entries.get(member.node());
    if (entry == null || !entry.card.member().equals(member)) {
      return Optional.of(member + " is not among the processes that send beats");
    }
    return judge(entry, nowMs) instanceof Suspicion.Suspected(String reason)
        ? Optional.of(reason)
        : Optional.empty();
  }

  private Suspicion judge(Entry entry, long nowMs) {
    OptionalLong dataMs =
        entry.dataHeardMs.isEmpty()
            ? OptionalLong.empty()
            : OptionalLong.of(nowMs - entry.dataHeardMs.getAsLong());
    return Suspicion.judge(
        entry.card.member(), new Suspicion.Silence(nowMs - entry.heardMs, dataMs), suspectAfterMs);
  }
}
