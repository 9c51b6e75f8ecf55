package dev.sampo.parameter.snapshot;

import dev.sampo.device.Precision;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot is of: enough to go on with the job, the same bits, on any machines.
 *
 * @param recipe the job's canonical text, whose hash is its id
 * @param version the committed version
 * @param slotsSeen the data position: slots of data that version has learnt from, from which the
 *     next samples follow
 * @param fence under which it was taken; null if no coordinator was needed
 * @param decision of the step that led to the version; null for version 0
 * @param precision as which the digests see the parameters, which are whole here
 * @param stateFloats floats of optimizer state a parameter
 * @param parts in shard order, covering all parameters
 */
public record Manifest(
    JobId job,
    String recipe,
    long version,
    long slotsSeen,
    @Nullable Fence fence,
    @Nullable Decision decision,
    Precision precision,
    int stateFloats,
    List<ShardPart> parts) {
  public Manifest {
    parts = List.copyOf(parts);
    long next = 0;
    for (int shard = 0; shard < parts.size(); shard++) {
      if (parts.get(shard).range().shard() != shard
          || parts.get(shard).range().first() != next
          || parts.get(shard).range().carriesLoss() != (shard == parts.size() - 1)) {
        throw new IllegalArgumentException(
            "a snapshot has every shard once, in order, without a gap: job="
                + job
                + ", version="
                + version
                + ", position="
                + shard
                + ", range="
                + parts.get(shard).range());
      }
      next += parts.get(shard).range().parameters();
    }
    if (parts.isEmpty() || (version == 0) != (decision == null)) {
      throw new IllegalArgumentException(
          "a snapshot has shards, and a decision unless it is of version 0: job="
              + job
              + ", version="
              + version
              + ", shards="
              + parts.size()
              + ", decision="
              + decision);
    }
  }

  /** The length of the model's flat vector. */
  public long parameters() {
    return parts.getLast().range().first() + parts.getLast().range().parameters();
  }
}
