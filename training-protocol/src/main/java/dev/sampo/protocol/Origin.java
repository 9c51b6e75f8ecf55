package dev.sampo.protocol;

/**
 * Where a run of a job begins: at version 0, which is a function of the job, or at a snapshot. No
 * part of the job: the same job begins again from whichever snapshot people name.
 *
 * @param number of the last restore that was ordered, 0 before the first; a higher one is obeyed
 *     once, and goes back even while the job runs
 * @param version of the snapshot; 0 for none
 * @param folder of the snapshot, as all nodes see it; empty for none
 * @param manifest the SHA-256 of the snapshot's manifest, hexadecimal: all nodes load the same
 *     bits, or none; empty for none
 */
public record Origin(long number, long version, String folder, String manifest) {
  /** At version 0, and nobody has ordered a restore yet. */
  public static final Origin VERSION_ZERO = new Origin(0, 0, "", "");

  public Origin {
    if (number < 0 || version < 0 || folder.isEmpty() != manifest.isEmpty()) {
      throw new IllegalArgumentException(
          "a run begins at version 0 or at a snapshot, which has a folder and a manifest: number="
              + number
              + ", version="
              + version
              + ", folder="
              + folder
              + ", manifest="
              + manifest);
    }
  }

  public boolean namesASnapshot() {
    return !folder.isEmpty();
  }

  /** At version 0, by somebody who knows of all restores so far. */
  Origin givenUp() {
    return new Origin(number, 0, "", "");
  }

  /** Whether a version that is held was loaded from here, under a fence of {@code generation}. */
  public boolean isLoaded(CommitRecord held, long generation) {
    Fence under = held.fence();
    return held.version() == version && under != null && under.generation() == generation;
  }

  @Override
  public String toString() {
    return namesASnapshot()
        ? "restore #" + number + " of version " + version + " from " + folder
        : "version 0";
  }
}
