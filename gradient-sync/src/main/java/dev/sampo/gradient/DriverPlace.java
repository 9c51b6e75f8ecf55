package dev.sampo.gradient;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the node's media driver is. */
public sealed interface DriverPlace {

  /**
   * In this process, with a folder of its own.
   *
   * @param parent in which that folder is made; null: shared memory if it has room, else the folder
   *     for temporary files
   */
  record Embedded(@Nullable Path parent) implements DriverPlace {}

  /**
   * A process of its own, which others may use too. Its timeouts and windows are set where it is
   * started.
   *
   * @param folder its Aeron folder
   */
  record External(Path folder) implements DriverPlace {}
}
