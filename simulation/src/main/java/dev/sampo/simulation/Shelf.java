package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.WrittenPart;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The folder of snapshots, which all nodes share and which outlives them: parts lie there whole or
 * not at all, and what is published is looked at.
 */
final class Shelf {
  private record Name(JobId job, long version, int shard) {}

  private record Part(Digest parameters, Digest state) {}

  private final Map<Name, Part> parts = new HashMap<>();

  /** Writes a part, if its bytes are those of its record; says why not. */
  String write(JobId job, int shard, CommitRecord record, ToyModel.Side bytes, boolean unseen) {
    Digest parameters = ToyModel.digest(bytes.parameters());
    Digest state = ToyModel.digest(bytes.momentum());
    boolean committed = parameters.equals(record.parameters()) && state.equals(record.state());
    if (!committed && !unseen) {
      return "a snapshot's bytes hash to the committed version: shard=" + shard;
    }
    parts.put(new Name(job, record.version(), shard), new Part(parameters, state));
    return "";
  }

  /** A manifest is written: from now on people rely on what it names. */
  void publish(JobId job, Publish publish) {
    for (WrittenPart part : publish.parts()) {
      CommitRecord record = part.record();
      @Nullable Part there = parts.get(new Name(job, record.version(), part.shard()));
      Laws.check(
          there != null
              && there.parameters.equals(record.parameters())
              && there.state.equals(record.state()),
          "a visible snapshot is not whole: part=" + part + ", there=" + there);
    }
  }
}
