package dev.sampo.gradient;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.agrona.IoUtil;

/**
 * Finds the media driver a folder of its own, in a place with room, and clears away those that
 * earlier lives of this node left behind when they were killed.
 */
final class DriverFolder {
  private static final Logger LOG = System.getLogger(DriverFolder.class.getName());
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  /**
   * The driver's own files (counters, command rings, logs of errors and losses), with some to
   * spare.
   */
  private static final long DRIVER_BYTES = 16L << 20;

  private static final int TERMS_PER_STREAM = 3;
  private static final int PAGE_BYTES = 4_096;

  private DriverFolder() {}

  /**
   * Room for a stream to and a stream from every peer. One peer more than there may be: a peer that
   * was killed and came back has an old and a new stream for a while.
   */
  static long neededBytes(PlaneSettings settings) {
    long stream = (long) TERMS_PER_STREAM * settings.termLengthBytes() + PAGE_BYTES;
    return DRIVER_BYTES + 2 * stream * (settings.maxPeers() + 1);
  }

  static Path choose(PlaneSettings settings) {
    Path parent = settings.driverParent();
    List<Path> candidates =
        parent != null
            ? List.of(parent)
            : List.of(SHARED_MEMORY, Path.of(System.getProperty("java.io.tmpdir")));
    long needed = neededBytes(settings);
    List<String> found = new ArrayList<>();
    for (Path candidate : candidates) {
      if (!Files.isDirectory(candidate) || !Files.isWritable(candidate)) {
        found.add(candidate + "=not a writable folder");
        continue;
      }
      deleteStale(candidate, settings.name());
      long usable = usableBytes(candidate);
      if (usable >= needed) {
        return candidate.resolve(
            "sampo-%s-%d-%x"
                .formatted(settings.name(), ProcessHandle.current().pid(), settings.incarnation()));
      }
      found.add(candidate + "=" + usable);
    }
    throw new PlaneException(
        "the tensor plane needs room for its streams: neededBytes=%d, termLengthBytes=%d, maxPeers=%d, usableBytes=%s; hint: lower the term length or the number of peers, or enlarge /dev/shm (docker: --shm-size)"
            .formatted(needed, settings.termLengthBytes(), settings.maxPeers(), found),
        null);
  }

  /** Names are unique among nodes, so a folder with ours and a dead process is nobody's. */
  private static void deleteStale(Path parent, String name) {
    Pattern ours = Pattern.compile("sampo-" + Pattern.quote(name) + "-(\\d{1,18})-[0-9a-f]+");
    try (Stream<Path> entries = Files.list(parent)) {
      for (Path entry : entries.toList()) {
        Matcher matcher = ours.matcher(entry.getFileName().toString());
        if (matcher.matches() && !isAlive(Long.parseLong(matcher.group(1)))) {
          IoUtil.delete(entry.toFile(), true);
          LOG.log(Level.INFO, "deleted what a killed node left behind: folder={0}", entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static long usableBytes(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
