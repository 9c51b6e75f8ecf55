package dev.sampo.parameter.snapshot;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.parameter.SideCopy;
import dev.sampo.parameter.SideHash;
import dev.sampo.parameter.SideHash.SideDigests;
import dev.sampo.parameter.StoreRefusedException;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where one job's snapshots lie: a folder of this machine, or one that all nodes mount. Nodes write
 * their shards side by side without knowing of each other; nothing here is locked, because every
 * name appears once and whole.
 */
public final class SnapshotFolder {
  /** Room that must be there for each byte to be written, in tenths. */
  private static final long ROOM_TENTHS = 11;

  private static final Pattern FOLDER = Pattern.compile("v([0-9]{12})");
  private static final String TEMPORARY = ".tmp";

  /** How much may be written into a folder: what its disk has, or less. */
  @FunctionalInterface
  public interface Room {
    long freeBytes(Path folder) throws IOException;
  }

  private final Path root;
  private final Room room;

  public SnapshotFolder(Path root) {
    this(root, at -> Files.getFileStore(at).getUsableSpace());
  }

  /** With a limit of its own. */
  public SnapshotFolder(Path root, Room room) {
    this.root = root;
    this.room = room;
  }

  /**
   * Writes one shard's part, whole or not at all. Doing it again, or on two replicas at once, gives
   * the same file.
   *
   * @param copy the side at the version of the snapshot, which must hash to its record
   * @throws StoreRefusedException if it does not, or there is no room, or the disk fails; nothing
   *     is left behind then
   */
  public ShardPart write(JobId job, ShardRange range, SideCopy copy) {
    CommitRecord record = copy.record();
    Path folder = folder(record.version());
    String name = name(range);
    try {
      Files.createDirectories(folder);
      requireCommitted(range, copy);
      requireRoom(folder, copy.segment().byteSize());
      Path temporary = folder.resolve(name + "." + UUID.randomUUID() + TEMPORARY);
      try {
        long bytes =
            ShardTensors.write(temporary, metadata(job, record, range), range, copy.segment());
        ShardPart part = part(range, record, bytes);
        removeAnother(folder, part);
        Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        sync(folder);
        return part;
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw unwritten(folder, name, e);
    }
  }

  /**
   * A run that went back may come to other bits of a version of which there is a snapshot: that is
   * none any more before a file of it changes.
   */
  private static void removeAnother(Path folder, ShardPart part) throws IOException {
    Path manifest = folder.resolve(ManifestFile.NAME);
    if (Files.exists(manifest) && !ManifestFile.read(manifest).parts().contains(part)) {
      Files.delete(manifest);
      sync(folder);
    }
  }

  /** What {@link #write} made of a shard, on whichever node. */
  public static ShardPart part(ShardRange range, CommitRecord record, long bytes) {
    return new ShardPart(range, name(range), bytes, record.parameters(), record.state());
  }

  private static String name(ShardRange range) {
    return String.format(Locale.ROOT, "shard-%03d.safetensors", range.shard());
  }

  /**
   * Makes the snapshot visible: all its parts are there, and their digests are the committed ones,
   * as the caller has seen from each shard's node. To be called once all have been written.
   *
   * @throws StoreRefusedException if a part is missing or has another length; there is no snapshot
   *     then
   */
  public void publish(Manifest manifest) {
    Path folder = folder(manifest.version());
    try {
      for (ShardPart part : manifest.parts()) {
        requirePart(folder, part);
      }
      Path temporary = folder.resolve(ManifestFile.NAME + "." + UUID.randomUUID() + TEMPORARY);
      try {
        Files.write(temporary, ManifestFile.encode(manifest));
        syncFile(temporary);
        Files.move(temporary, folder.resolve(ManifestFile.NAME), StandardCopyOption.ATOMIC_MOVE);
        sync(folder);
        sync(root);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw unwritten(folder, ManifestFile.NAME, e);
    }
  }

  /** The versions of which there is a whole snapshot, the newest first. */
  public List<Long> versions() {
    List<Long> versions = new ArrayList<>();
    for (long version : folders()) {
      if (Files.exists(folder(version).resolve(ManifestFile.NAME))) {
        versions.add(version);
      }
    }
    return List.copyOf(versions);
  }

  /**
   * Opens a snapshot to restore from it.
   *
   * @throws StoreRefusedException if there is none of that version, or a file of it is missing, cut
   *     or changed
   */
  public Snapshot open(long version) {
    Path folder = folder(version);
    try {
      Snapshot snapshot = read(folder);
      if (snapshot.manifest().version() != version) {
        throw new IOException(
            "a manifest lies in its version's folder: is=" + snapshot.manifest().version());
      }
      return snapshot;
    } catch (NoSuchFileException e) {
      throw new StoreRefusedException(
          "there is no snapshot of that version: folder="
              + folder
              + ", versions="
              + versions()
              + "; hint: name one of those",
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new StoreRefusedException(
          "a snapshot is whole: folder="
              + folder
              + ", reason="
              + e.getMessage()
              + "; hint: restore from another one: versions="
              + versions(),
          e);
    }
  }

  static Snapshot read(Path folder) throws IOException {
    Manifest manifest = ManifestFile.read(folder.resolve(ManifestFile.NAME));
    for (ShardPart part : manifest.parts()) {
      requirePart(folder, part);
    }
    return new Snapshot(folder, manifest);
  }

  /**
   * Keeps the newest snapshots and removes older ones, and what unfinished writings left below the
   * newest. A snapshot that goes is first no snapshot any more, then its files go.
   *
   * @param newest how many to keep, at least 1
   */
  public void keep(int newest) {
    if (newest < 1) {
      throw new IllegalArgumentException("at least one snapshot is kept: keep=" + newest);
    }
    List<Long> visible = versions();
    if (visible.isEmpty()) {
      return;
    }
    List<Long> kept = visible.subList(0, Math.min(newest, visible.size()));
    for (long version : folders()) {
      // Above the newest one another may be being written.
      if (version < visible.getFirst() && !kept.contains(version)) {
        remove(folder(version));
      }
    }
  }

  private void remove(Path folder) {
    try {
      Files.deleteIfExists(folder.resolve(ManifestFile.NAME));
      sync(folder);
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new StoreRefusedException(
          "an old snapshot can be removed: folder="
              + folder
              + ", reason="
              + e
              + "; hint: check the folder's owner",
          e);
    }
  }

  /** All folders of versions, the newest first. */
  private List<Long> folders() {
    List<Long> versions = new ArrayList<>();
    if (Files.isDirectory(root)) {
      try (DirectoryStream<Path> folders = Files.newDirectoryStream(root)) {
        for (Path folder : folders) {
          Matcher name = FOLDER.matcher(String.valueOf(folder.getFileName()));
          if (name.matches()) {
            versions.add(Long.parseLong(name.group(1)));
          }
        }
      } catch (IOException e) {
        throw new StoreRefusedException(
            "the folder of snapshots can be read: folder=" + root + ", reason=" + e, e);
      }
    }
    versions.sort(Collections.reverseOrder());
    return versions;
  }

  private Path folder(long version) {
    return root.resolve(String.format(Locale.ROOT, "v%012d", version));
  }

  /** A byte that changed in memory since the version was sealed must not become a snapshot. */
  private static void requireCommitted(ShardRange range, SideCopy copy) {
    SideDigests is =
        new SideHash(copy.precision()).ofSide(copy.segment(), range.parameters() * Float.BYTES);
    CommitRecord record = copy.record();
    if (!is.parameters().equals(record.parameters()) || !is.state().equals(record.state())) {
      throw new StoreRefusedException(
          "a snapshot's bytes hash to the committed version: shard="
              + range.shard()
              + ", version="
              + record.version()
              + ", parameters="
              + is.parameters()
              + ", committed="
              + record.parameters()
              + "; hint: the memory or disk of this node changes bytes; let another replica write");
    }
  }

  private void requireRoom(Path folder, long bytes) throws IOException {
    long needed = bytes * ROOM_TENTHS / 10;
    long free = room.freeBytes(folder);
    if (free < needed) {
      throw new StoreRefusedException(
          "a snapshot needs room on the disk: folder="
              + folder
              + ", neededBytes="
              + needed
              + ", freeBytes="
              + free
              + "; hint: free the disk, or keep fewer snapshots");
    }
  }

  private static void requirePart(Path folder, ShardPart part) throws IOException {
    Path file = folder.resolve(part.file());
    if (!Files.isRegularFile(file) || Files.size(file) != part.bytes()) {
      throw new IOException(
          "every shard's file is there at its length: file="
              + file
              + ", bytes="
              + (Files.exists(file) ? Files.size(file) : "none")
              + ", wantedBytes="
              + part.bytes());
    }
  }

  private static ObjectNode metadata(JobId job, CommitRecord record, ShardRange range) {
    return new ObjectMapper()
        .createObjectNode()
        .put("format", "sampo-shard")
        .put("job", job.value())
        .put("version", Long.toString(record.version()))
        .put("shard", Integer.toString(range.shard()))
        .put("first", Long.toString(range.first()))
        .put("parametersDigest", record.parameters().hex())
        .put("stateDigest", record.state().hex());
  }

  private static StoreRefusedException unwritten(Path folder, String name, IOException e) {
    return new StoreRefusedException(
        "a snapshot could not be written: folder="
            + folder
            + ", file="
            + name
            + ", reason="
            + e.getMessage()
            + "; hint: free the disk; training goes on, and the snapshots before are untouched",
        e);
  }

  private static void syncFile(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
