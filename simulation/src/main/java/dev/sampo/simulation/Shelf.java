package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.WrittenPart;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The folder of snapshots, which all nodes share and which outlives them: parts lie there whole or
 * not at all, and what is published is looked at, and stays.
 */
final class Shelf {
  private record Name(JobId job, long version, int shard) {}

  /** A shard's part of a snapshot. */
  record Part(CommitRecord record, ToyModel.Side bytes) {}

  private final Map<Name, Part> parts = new HashMap<>();
  private final Map<String, List<Part>> published = new HashMap<>();

  /** Writes a part, if its bytes are those of its record; says why not. */
  String write(JobId job, int shard, CommitRecord record, ToyModel.Side bytes, boolean unseen) {
    if (!isOf(record, bytes) && !unseen) {
      return "a snapshot's bytes hash to the committed version: shard=" + shard;
    }
    parts.put(new Name(job, record.version(), shard), new Part(record, bytes));
    return "";
  }

  private static boolean isOf(CommitRecord record, ToyModel.Side bytes) {
    return record.parameters().equals(ToyModel.digest(bytes.parameters()))
        && record.state().equals(ToyModel.digest(bytes.momentum()));
  }

  /**
   * A manifest is written: from now on people rely on what it names.
   *
   * @return the manifest's hash
   */
  String publish(JobId job, Publish publish) {
    List<Part> whole = new ArrayList<>();
    for (WrittenPart part : publish.parts()) {
      CommitRecord record = part.record();
      @Nullable Part there = parts.get(new Name(job, record.version(), part.shard()));
      Laws.check(
          there != null && isOf(record, there.bytes),
          "a visible snapshot is not whole: part=" + part + ", there=" + there);
      whole.add(there);
    }
    List<String> bits =
        publish.parts().stream()
            .map(WrittenPart::record)
            .map(part -> part.version() + part.parameters().hex() + part.state().hex())
            .toList();
    String manifest = Digest.ofText(job + " " + bits).hex();
    published.put(manifest, List.copyOf(whole));
    return manifest;
  }

  Part part(String manifest, int shard) {
    return Objects.requireNonNull(published.get(manifest)).get(shard);
  }
}
