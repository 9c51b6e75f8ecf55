package dev.sampo.parameter;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;

/** A process that writes values in place, then holds the map's lock until it is killed. */
final class LockedMapProcess {
  static final String HOLDING = "holding";
  static final int VALUE_BYTES = 1024;
  private static final long FIRST_KEY = 100;
  private static final int KEYS = 20;

  private LockedMapProcess() {}

  static long[] keys() {
    return LongStream.range(FIRST_KEY, FIRST_KEY + KEYS).toArray();
  }

  /** Takes the map's file. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path file = Path.of(arguments[0]);
    try (Arena arena = Arena.ofShared();
        InPlaceMap map = InPlaceMap.open(file, keys(), VALUE_BYTES)) {
      for (long key : keys()) {
        map.value(key, arena).set(JAVA_LONG, key % VALUE_BYTES / 8 * 8, key);
      }
    }
    File path = file.toFile();
    try (ChronicleMap<Long, byte[]> map =
            ChronicleMapBuilder.of(Long.class, byte[].class).createPersistedTo(path);
        ExternalMapQueryContext<Long, byte[], ?> query = map.queryContext(FIRST_KEY)) {
      query.writeLock().lock();
      new PrintStream(System.out, true, StandardCharsets.UTF_8).println(HOLDING);
      new CountDownLatch(1).await();
    }
  }

  static void requireWritten(InPlaceMap map) throws IOException {
    try (Arena arena = Arena.ofShared()) {
      for (long key : keys()) {
        long found = map.value(key, arena).get(JAVA_LONG, key % VALUE_BYTES / 8 * 8);
        if (found != key) {
          throw new AssertionError("a value is what was written: key=" + key + ", found=" + found);
        }
      }
    }
  }
}
