package dev.sampo.protocol.message;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Configured;
import org.jspecify.annotations.Nullable;

/**
 * The newest that a node has heard of its cluster's job. What comes late, or of a generation that
 * was given up, changes nothing.
 */
public final class News {
  private @Nullable Fence fence;
  private @Nullable Configuration configuration;
  private @Nullable Committed committed;

  /** Hears that a configuration is in force. */
  public void hear(Configured configured) {
    if (fence != null && configured.fence().isBelow(fence)) {
      return;
    }
    boolean anotherRun =
        fence != null
            && configuration != null
            && (fence.generation() < configured.fence().generation()
                || !configuration.job().equals(configured.configuration().job()));
    fence = configured.fence();
    configuration = configured.configuration();
    committed = anotherRun ? null : committed;
  }

  /**
   * Hears that a version is committed.
   *
   * @return whether nothing as new had been heard before
   */
  public boolean hear(Committed version) {
    long generation = version.fence().generation();
    Committed known = committed;
    if (known == null) {
      boolean givenUp = fence != null && generation < fence.generation();
      committed = givenUp ? null : version;
      return !givenUp;
    }
    int byGeneration = Long.compare(generation, known.fence().generation());
    boolean newer = byGeneration > 0 || (byGeneration == 0 && version.version() > known.version());
    boolean repeated = byGeneration == 0 && version.version() == known.version();
    committed = newer || repeated ? version : known;
    return newer;
  }

  /** Of the newest configuration; null before the first. */
  public @Nullable Fence fence() {
    return fence;
  }

  /** The newest; null before the first. */
  public @Nullable Configuration configuration() {
    return configuration;
  }

  /** The newest version of the newest generation; null before the first. */
  public @Nullable Committed committed() {
    return committed;
  }
}
