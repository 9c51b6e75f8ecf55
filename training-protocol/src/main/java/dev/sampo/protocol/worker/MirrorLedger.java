package dev.sampo.protocol.worker;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.PullParameters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which parameters a node has of the two versions that its mirror can hold (even and odd), and
 * which it still has to pull. One copy a node, shared by its devices.
 */
public final class MirrorLedger {
  /** What some device needs: a version, by the digests of its shards. */
  private record Wanted(
      long version, Digest baseHash, List<Digest> parameters, List<Member> owners) {}

  /** What one side of the mirror has of one shard. */
  private record Have(long version, Digest parameters) {}

  private final MirrorOutput out;
  private final List<List<@Nullable Have>> sides = List.of(new ArrayList<>(), new ArrayList<>());
  private @Nullable Wanted wanted;
  private boolean told;

  public MirrorLedger(int shards, MirrorOutput out) {
    this.out = out;
    for (List<@Nullable Have> side : sides) {
      for (int shard = 0; shard < shards; shard++) {
        side.add(null);
      }
    }
  }

  public void want(long version, Digest baseHash, List<Digest> parameters, List<Member> owners) {
    Wanted next = new Wanted(version, baseHash, parameters, owners);
    if (next.equals(wanted) && !told) {
      return;
    }
    wanted = next;
    told = false;
    look();
    pullMissing(next);
  }

  /**
   * Parameters of one shard have begun to arrive. Says whether they may be written into the mirror;
   * if so, what was there does not count any more.
   *
   * <p>A late copy of an old version, or of a version that died with its owner or with its
   * generation, must not be written over the bytes that a device is just computing from: it would
   * push a wrong piece under the right base hash. So only the next version may come unasked.
   */
  public boolean onOverwrite(int shard, long version) {
    Wanted sought = wanted;
    if (sought != null) {
      Have expected = new Have(sought.version, sought.parameters.get(shard));
      boolean isThere = expected.equals(side(sought.version).get(shard));
      boolean isSought = version == sought.version && !isThere;
      if (!isSought && version != sought.version + 1) {
        return false;
      }
    }
    side(version).set(shard, null);
    return true;
  }

  /** One shard's parameters are here, and this is what they hash to. */
  public void onShard(int shard, long version, Digest parameters) {
    side(version).set(shard, new Have(version, parameters));
    look();
  }

  /** Asks again for what has not come. */
  public void onTick() {
    if (wanted != null && !told) {
      pullMissing(wanted);
    }
  }

  private void look() {
    Wanted sought = wanted;
    if (sought != null && !told && missing(sought).isEmpty()) {
      told = true;
      out.whole(sought.version, sought.baseHash);
    }
  }

  private void pullMissing(Wanted sought) {
    for (int shard : missing(sought)) {
      Digest parameters = sought.parameters.get(shard);
      out.pull(sought.owners.get(shard), shard, new PullParameters(sought.version, parameters));
    }
  }

  private List<Integer> missing(Wanted sought) {
    List<Integer> shards = new ArrayList<>();
    for (int shard = 0; shard < sought.parameters.size(); shard++) {
      Have expected = new Have(sought.version, sought.parameters.get(shard));
      if (!expected.equals(side(sought.version).get(shard))) {
        shards.add(shard);
      }
    }
    return shards;
  }

  private List<@Nullable Have> side(long version) {
    return sides.get((int) (version & 1));
  }
}
