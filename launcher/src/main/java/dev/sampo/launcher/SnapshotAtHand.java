package dev.sampo.launcher;

import dev.sampo.parameter.StoreRefusedException;
import dev.sampo.parameter.snapshot.Manifest;
import dev.sampo.parameter.snapshot.Snapshot;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Origin;
import java.nio.file.Path;

/**
 * A snapshot that this process has read wholly: every file has the bits that were committed.
 *
 * @param folder as nodes are told it: absolute
 * @param sha256 of its manifest
 */
public record SnapshotAtHand(Path folder, String sha256, Manifest manifest) {
  /** Reads and checks the snapshot. */
  public static SnapshotAtHand of(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    try (Snapshot snapshot = Snapshot.open(absolute)) {
      snapshot.verify();
      return new SnapshotAtHand(absolute, snapshot.sha256(), snapshot.manifest());
    } catch (StoreRefusedException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Where a run begins that goes back to it now. Later restores must have higher numbers, from
   * whichever process: the clock is the counter.
   */
  public Origin origin() {
    return new Origin(System.currentTimeMillis(), manifest.version(), folder.toString(), sha256);
  }

  /**
   * That the job can go on from it, to the samples that follow.
   *
   * @param parameters of the job's model
   */
  public void requireFor(JobSpec job, long parameters) {
    long slots = Math.multiplyExact(manifest.version(), (long) job.slots());
    if (manifest.slotsSeen() != slots || manifest.parameters() != parameters) {
      throw new CommandFailure(
          "a job goes on from a snapshot of the same model and batch: folder="
              + folder
              + ", slotsSeen="
              + manifest.slotsSeen()
              + ", version*slots="
              + slots
              + ", parameters="
              + manifest.parameters()
              + ", job.parameters="
              + parameters
              + "; hint: restore it with the settings of the job that left it");
    }
    if (manifest.version() >= job.steps()) {
      throw new CommandFailure(
          "a snapshot of the last version leaves nothing to train: folder="
              + folder
              + ", version="
              + manifest.version()
              + ", steps="
              + job.steps()
              + "; hint: raise job.steps, which makes it another job");
    }
  }
}
