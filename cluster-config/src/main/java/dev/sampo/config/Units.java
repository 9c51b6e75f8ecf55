package dev.sampo.config;

import java.time.Duration;
import java.util.List;

/** Writes sizes and times as people write them in settings. */
final class Units {
  private static final List<String> SIZES = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB");

  private Units() {}

  /** A size in the largest unit that divides it: 65536 is 64KiB. */
  static String size(long bytes) {
    int shift = Math.min(Long.numberOfTrailingZeros(bytes) / 10, SIZES.size() - 1);
    return (bytes >> (10 * shift)) + SIZES.get(shift);
  }

  /** A time in the largest unit that divides it: 2000 milliseconds are 2s. */
  static String time(Duration time) {
    long millis = time.toMillis();
    return millis % 60_000 == 0
        ? millis / 60_000 + "m"
        : millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
