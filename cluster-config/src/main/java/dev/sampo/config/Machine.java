package dev.sampo.config;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * What settings left at {@code auto} are derived from.
 *
 * @param processors logical processors this process may use
 * @param memoryBytes physical memory of the machine, or of the container around it
 */
public record Machine(int processors, long memoryBytes) {

  /** Checks that there is something to derive from. */
  public Machine {
    if (processors < 1 || memoryBytes < 1) {
      throw new IllegalArgumentException(
          "a machine has processors and memory: processors=%d, memoryBytes=%d; hint: report a bug"
              .formatted(processors, memoryBytes));
    }
  }

  /** The machine this process runs on. */
  public static Machine local() {
    long memoryBytes =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    return new Machine(Runtime.getRuntime().availableProcessors(), memoryBytes);
  }
}
