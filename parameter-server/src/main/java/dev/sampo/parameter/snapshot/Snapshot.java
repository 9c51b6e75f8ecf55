package dev.sampo.parameter.snapshot;

import dev.sampo.parameter.Block;
import dev.sampo.parameter.BlockSource;
import dev.sampo.parameter.SideHash;
import dev.sampo.parameter.SideHash.SideDigests;
import dev.sampo.parameter.StoreRefusedException;
import dev.sampo.parameter.StoredShard;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Origin;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole snapshot, to be read into shards of any cut. A part is mapped and checked against its
 * digests when it is first needed, so a node reads only what its shards cover. One thread at a
 * time.
 */
public final class Snapshot implements AutoCloseable, BlockSource {
  private final Path folder;
  private final Manifest manifest;
  private final Arena arena = Arena.ofShared();
  private final SideHash hash;

  /** By shard of the snapshot: its flat side, or null while nobody needed it. */
  private final List<@Nullable MemorySegment> sides = new ArrayList<>();

  Snapshot(Path folder, Manifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
    this.hash = new SideHash(manifest.precision());
    manifest.parts().forEach(part -> sides.add(null));
  }

  /**
   * Opens the snapshot in a folder.
   *
   * @throws StoreRefusedException if there is none, or a file of it is missing, cut or changed
   */
  public static Snapshot open(Path folder) {
    try {
      return SnapshotFolder.read(folder);
    } catch (NoSuchFileException e) {
      throw new StoreRefusedException(
          "a snapshot's folder has a manifest: folder="
              + folder
              + "; hint: name the folder of one version, such as v000000000500",
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new StoreRefusedException(
          "a snapshot is whole: folder="
              + folder
              + ", reason="
              + e.getMessage()
              + "; hint: restore from another one",
          e);
    }
  }

  /**
   * Makes a shard hold the snapshot that a run begins with, and nothing else: a {@link
   * dev.sampo.parameter.SnapshotSource}.
   *
   * @throws StoreRefusedException as {@link #open} and {@link #restore}, or if another snapshot
   *     lies in the folder than the one that was ordered
   */
  public static CommitRecord load(StoredShard shard, Origin origin, Fence fence) {
    try (Snapshot snapshot = open(Path.of(origin.folder()))) {
      if (!snapshot.sha256().equals(origin.manifest())) {
        throw new StoreRefusedException(
            "all nodes restore the same snapshot: folder="
                + origin.folder()
                + ", manifest="
                + snapshot.sha256()
                + ", ordered="
                + origin.manifest()
                + "; hint: all nodes must see one folder under this name; restore once more");
      }
      return snapshot.restore(shard, fence);
    }
  }

  /** Of the manifest's bytes, in hexadecimal: it stands for all bits of the snapshot. */
  public String sha256() {
    return ManifestFile.encodedSha256(manifest);
  }

  public Manifest manifest() {
    return manifest;
  }

  /**
   * Makes a shard hold this snapshot's version, and nothing else.
   *
   * @param shard of the same model, in any cut
   * @param fence under which it is restored
   * @throws StoreRefusedException if a part that it needs has changed, or the shard is of another
   *     model; the shard holds nothing then
   */
  public CommitRecord restore(StoredShard shard, @Nullable Fence fence) {
    if (shard.stateFloats() != manifest.stateFloats()
        || shard.range().first() + shard.range().parameters() > manifest.parameters()) {
      throw new StoreRefusedException(
          "a shard is restored from a snapshot of its own model: folder="
              + folder
              + ", parameters="
              + manifest.parameters()
              + ", stateFloats="
              + manifest.stateFloats()
              + ", shard="
              + shard.range()
              + ", shard.stateFloats="
              + shard.stateFloats()
              + "; hint: name a snapshot of this job");
    }
    try {
      return shard.load(manifest.version(), fence, manifest.decision(), this);
    } catch (IOException e) {
      throw new StoreRefusedException(
          "a snapshot could not be read: folder="
              + folder
              + ", reason="
              + e.getMessage()
              + "; hint: restore from another one",
          e);
    }
  }

  /** Checks every part against its digests. */
  public void verify() {
    try {
      for (int shard = 0; shard < sides.size(); shard++) {
        side(shard);
      }
    } catch (IOException e) {
      throw new StoreRefusedException(
          "a snapshot is as it was written: folder="
              + folder
              + ", reason="
              + e.getMessage()
              + "; hint: restore from another one",
          e);
    }
  }

  @Override
  public void fill(Block block) throws IOException {
    long end = block.first() + block.count();
    for (ShardPart part : manifest.parts()) {
      long from = Math.max(block.first(), part.range().first());
      long to = Math.min(end, part.range().first() + part.range().parameters());
      if (from < to) {
        copy(part, from, to, block);
      }
    }
  }

  private void copy(ShardPart part, long from, long to, Block block) throws IOException {
    MemorySegment side = side(part.range().shard());
    long planeBytes = part.range().parameters() * Float.BYTES;
    long at = (from - part.range().first()) * Float.BYTES;
    long into = (from - block.first()) * Float.BYTES;
    long bytes = (to - from) * Float.BYTES;
    MemorySegment.copy(side, at, block.parameters(), into, bytes);
    for (int kind = 0; kind < block.state().size(); kind++) {
      MemorySegment.copy(side, at + (kind + 1) * planeBytes, block.state().get(kind), into, bytes);
    }
  }

  private MemorySegment side(int shard) throws IOException {
    MemorySegment known = sides.get(shard);
    if (known != null) {
      return known;
    }
    ShardPart part = manifest.parts().get(shard);
    long planeBytes = part.range().parameters() * Float.BYTES;
    MemorySegment side =
        ShardTensors.map(
            folder.resolve(part.file()), (1L + manifest.stateFloats()) * planeBytes, arena);
    SideDigests is = hash.ofSide(side, planeBytes);
    if (!is.parameters().equals(part.parameters()) || !is.state().equals(part.state())) {
      throw new IOException(
          "a shard's file hashes to what was committed: file="
              + part.file()
              + ", parameters="
              + is.parameters()
              + ", committed="
              + part.parameters()
              + ", state="
              + is.state()
              + ", committed="
              + part.state());
    }
    sides.set(shard, side);
    return side;
  }

  @Override
  public void close() {
    arena.close();
  }
}
