package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Origin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A job goes back to a snapshot when that is ordered, once, and under another generation. */
final class RestoreLaws {
  /**
   * A snapshot that people can restore.
   *
   * @param committed what was committed up to its version
   */
  record Restorable(JobSpec job, String manifest, List<Committed> committed) {
    Origin origin(long number) {
      return new Origin(number, committed.size() - 1L, "the shelf", manifest);
    }
  }

  private final Map<String, Restorable> restorable = new HashMap<>();
  private final List<Restorable> inOrder = new ArrayList<>();
  private final Map<Long, Long> generations = new HashMap<>();

  void onPublished(Restorable snapshot) {
    if (restorable.put(snapshot.manifest(), snapshot) == null) {
      inOrder.add(snapshot);
    }
  }

  /** All that were made, in the order in which they became visible. */
  List<Restorable> restorable() {
    return inOrder;
  }

  /**
   * A configuration was chosen.
   *
   * @param nothingIsLost the register holds all that it ever held
   * @return the snapshot that a run begins with; null if none begins, or it begins at version 0
   */
  @Nullable Restorable onChosen(Configuration configuration, boolean nothingIsLost) {
    Origin origin = configuration.orders().origin();
    if (!origin.namesASnapshot() || configuration.status() != JobStatus.CREATED) {
      return null;
    }
    Long before = generations.putIfAbsent(origin.number(), configuration.generation());
    Laws.check(
        before == null || before == configuration.generation() || !nothingIsLost,
        "a restore was done twice: "
            + origin
            + ", generations "
            + before
            + " and "
            + configuration);
    return Objects.requireNonNull(restorable.get(origin.manifest()), "restored from nothing");
  }

  /** Somebody hears that a restore was taken, while {@code now} is the newest configuration. */
  static void onTaken(Origin origin, @Nullable Configuration now) {
    Laws.check(
        now != null && now.orders().origin().number() >= origin.number(),
        "the register does not hold a restore that was taken: " + origin);
  }
}
