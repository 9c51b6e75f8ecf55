package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * The hash of off-heap floats as they lie in memory (little-endian): {@link LaneSums} over each
 * plane, and a SHA-256 over their sums and lengths. Nothing is allocated but the digests.
 *
 * <p>The parameters are one plane, each kind of optimizer state is one: so a digest depends neither
 * on the size of blocks nor on whether the side lies flat, and a side can be hashed block by block
 * while a step writes it. Belongs to one thread.
 */
public final class SideHash {
  private final MessageDigest sha256 = Digest.sha256();
  private final LaneSums parameters = new LaneSums();
  private final List<LaneSums> state = new ArrayList<>();

  /** The digest of all bytes of a segment of native memory. */
  public Digest of(MemorySegment bytes) {
    parameters.update(bytes);
    return parameters();
  }

  /** The two digests of a side. */
  public record SideDigests(Digest parameters, Digest state) {}

  /**
   * The digests of a side that lies flat in native memory: parameters, then each kind of state,
   * each of {@code planeBytes}.
   */
  public SideDigests ofSide(MemorySegment side, long planeBytes) {
    addFlat(side, planeBytes);
    return new SideDigests(parameters(), state());
  }

  /** Appends to the parameters; only the last piece may end within a line of 64 bytes. */
  void add(MemorySegment piece) {
    parameters.update(piece);
  }

  /** Appends a block; those of a side come in order. */
  void add(Block block) {
    parameters.update(block.parameters());
    for (int kind = 0; kind < block.state().size(); kind++) {
      plane(kind).update(block.state().get(kind));
    }
  }

  /** Appends a whole side. */
  void add(Side side) {
    for (int i = 0; i < side.blocks().size(); i++) {
      add(side.blocks().get(i));
    }
  }

  /** Appends a side that lies flat: parameters (n), then each kind of state (n). */
  void addFlat(MemorySegment side, long planeBytes) {
    parameters.update(side.asSlice(0, planeBytes));
    for (int kind = 0; (kind + 1) * planeBytes < side.byteSize(); kind++) {
      plane(kind).update(side.asSlice((kind + 1) * planeBytes, planeBytes));
    }
  }

  /** The digest of the parameters that were appended. */
  Digest parameters() {
    parameters.finishInto(sha256);
    return Digest.of(sha256.digest());
  }

  /** The digest of the optimizer's state that was appended. */
  Digest state() {
    for (LaneSums plane : state) {
      plane.finishInto(sha256);
    }
    return Digest.of(sha256.digest());
  }

  /** Whether what was appended is that record's version. */
  boolean sealedAs(CommitRecord record) {
    // Both are asked, since asking also begins anew.
    Digest parametersNow = parameters();
    Digest stateNow = state();
    return parametersNow.equals(record.parameters()) && stateNow.equals(record.state());
  }

  /** Begins anew. */
  void forget() {
    parameters();
    state();
  }

  private LaneSums plane(int kind) {
    while (state.size() <= kind) {
      state.add(new LaneSums());
    }
    return state.get(kind);
  }
}
