package dev.sampo.gradient;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.jspecify.annotations.Nullable;

/**
 * Finds the media driver a folder of its own, in a place with room, and clears away those that
 * earlier lives of this node left behind when they were killed.
 *
 * <p>The folder's name, {@code sampo-NAME-PID-INCARNATION}, is also how peers on the same machine
 * find each other: who sees the folder of an incarnation shares its memory. A node whose driver is
 * a process of its own leaves a link of that name.
 */
final class DriverFolder {
  private static final Logger LOG = System.getLogger(DriverFolder.class.getName());
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  /**
   * The driver's own files (counters, command rings, logs of errors and losses), with some to
   * spare.
   */
  static final long DRIVER_BYTES = 16L << 20;

  private static final int TERMS_PER_STREAM = 3;
  private static final int PAGE_BYTES = 4_096;

  private DriverFolder() {}

  /**
   * Room for a stream to and a stream from every peer. One peer more than there may be: a peer that
   * was killed and came back has an old and a new stream for a while.
   */
  static long neededBytes(PlaneSettings settings) {
    long stream = (long) TERMS_PER_STREAM * settings.streams().termLengthBytes() + PAGE_BYTES;
    return DRIVER_BYTES + 2 * stream * (settings.limits().maxPeers() + 1);
  }

  /** A place that can hold the streams, and how much is free there. */
  record Candidate(Path folder, long usableBytes, boolean writable) {}

  static List<Candidate> candidates(PlaneSettings settings) {
    return parents(settings).stream()
        .map(
            parent ->
                Files.isDirectory(parent) && Files.isWritable(parent)
                    ? new Candidate(parent, usableBytes(parent), true)
                    : new Candidate(parent, 0, false))
        .toList();
  }

  static Path choose(PlaneSettings settings) {
    for (Path parent : parents(settings)) {
      if (Files.isDirectory(parent)) {
        deleteStale(parent, settings.name());
      }
    }
    long needed = neededBytes(settings);
    List<String> found = new ArrayList<>();
    for (Candidate candidate : candidates(settings)) {
      if (candidate.usableBytes >= needed) {
        return candidate.folder.resolve(nameOf(settings));
      }
      found.add(
          candidate.folder
              + "="
              + (candidate.writable ? candidate.usableBytes : "not a writable folder"));
    }
    throw new PlaneException(
        "the tensor plane needs room for its streams: neededBytes=%d, termLengthBytes=%d, maxPeers=%d, usableBytes=%s; hint: lower the term length or the number of peers, or enlarge /dev/shm (docker: --shm-size)"
            .formatted(
                needed, settings.streams().termLengthBytes(), settings.limits().maxPeers(), found),
        null);
  }

  /** Leaves a link where peers look, to a driver that is not ours. */
  static Path announce(PlaneSettings settings, Path driver) {
    Path parent = parents(settings).stream().filter(Files::isWritable).findFirst().orElseThrow();
    deleteStale(parent, settings.name());
    try {
      return Files.createSymbolicLink(
          parent.resolve(nameOf(settings)), driver.toAbsolutePath().normalize());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The driver's folder of a peer that shares memory with us; null if there is none. */
  static @Nullable Path find(PlaneSettings settings, Peer peer) {
    String end = "-" + Long.toHexString(peer.incarnation());
    for (Path parent : parents(settings)) {
      try (DirectoryStream<Path> entries =
          Files.newDirectoryStream(parent, "sampo-" + peer.name() + "-*" + end)) {
        for (Path entry : entries) {
          if (isFolderOf(entry, peer.name(), end)) {
            return entry.toRealPath();
          }
        }
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "no peers are to be found there: folder={0}, reason={1}", parent, e);
      }
    }
    return null;
  }

  private static boolean isFolderOf(Path entry, String name, String end) {
    Matcher matcher = pattern(name).matcher(entry.getFileName().toString());
    return matcher.matches() && entry.getFileName().toString().endsWith(end);
  }

  private static String nameOf(PlaneSettings settings) {
    return "sampo-%s-%d-%x"
        .formatted(settings.name(), ProcessHandle.current().pid(), settings.incarnation());
  }

  private static Pattern pattern(String name) {
    return Pattern.compile("sampo-" + Pattern.quote(name) + "-(\\d{1,18})-[0-9a-f]+");
  }

  private static List<Path> parents(PlaneSettings settings) {
    return settings.driver() instanceof DriverPlace.Embedded(Path parent) && parent != null
        ? List.of(parent)
        : List.of(SHARED_MEMORY, Path.of(System.getProperty("java.io.tmpdir")));
  }

  /** Names are unique among nodes, so a folder with ours and a dead process is nobody's. */
  private static void deleteStale(Path parent, String name) {
    Pattern ours = pattern(name);
    try (Stream<Path> entries = Files.list(parent)) {
      for (Path entry : entries.toList()) {
        Matcher matcher = ours.matcher(entry.getFileName().toString());
        if (matcher.matches() && !isAlive(Long.parseLong(matcher.group(1)))) {
          if (Files.isSymbolicLink(entry)) {
            // To a driver that others use.
            Files.delete(entry);
          } else {
            IoUtil.delete(entry.toFile(), true);
          }
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
