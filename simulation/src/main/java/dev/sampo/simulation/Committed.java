package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A version that was committed, and the digest over its parameters. */
record Committed(List<Bits> shards, @Nullable Decision decision, Digest base) {
  /** The bits of one version of one shard. */
  record Bits(Digest parameters, Digest state) {
    static Bits of(CommitRecord record) {
      return new Bits(record.parameters(), record.state());
    }
  }

  static Committed of(PlainRun.Version plain) {
    List<Bits> shards = new ArrayList<>();
    for (int shard = 0; shard < plain.parameters().size(); shard++) {
      shards.add(new Bits(plain.parameters().get(shard), plain.states().get(shard)));
    }
    Decision decision = plain.decision().isEmpty() ? null : plain.decision().getFirst();
    return new Committed(shards, decision, Digest.over(plain.parameters()));
  }

  static Committed of(List<CommitRecord> records, @Nullable Decision decision) {
    return new Committed(
        records.stream().map(Bits::of).toList(),
        decision,
        Digest.over(records.stream().map(CommitRecord::parameters).toList()));
  }
}
