package dev.sampo.parameter;

import dev.sampo.device.FloatVectors;
import dev.sampo.device.Precision;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hash of off-heap floats as they lie in memory (little-endian): {@link LaneSums} over each
 * plane, and a SHA-256 over their sums and lengths. Nothing is allocated but the digests.
 *
 * <p>The parameters are one plane, each kind of optimizer state is one: so a digest depends neither
 * on the size of blocks nor on whether the side lies flat, and a side can be hashed block by block
 * while a step writes it.
 *
 * <p>Where workers are given rounded parameters, the digest of the parameters is that of what they
 * are given, and the parameters as they are count as the first kind of state. Belongs to one
 * thread.
 */
public final class SideHash {
  /** Whole leaves, and little enough to stay in the cache. */
  private static final long ROUNDED_BYTES = 8L * LaneSums.LEAF_BYTES;

  private final MessageDigest sha256 = Digest.sha256();
  private final @Nullable MemorySegment rounded;
  private final LaneSums parameters = new LaneSums();
  private final List<LaneSums> state = new ArrayList<>();

  /** Of parameters that workers are given as they are. */
  public SideHash() {
    this(Precision.F32);
  }

  /** Of parameters that workers are given in a precision. */
  public SideHash(Precision precision) {
    this.rounded =
        switch (precision) {
          case F32 -> null;
          case BF16 -> Arena.ofAuto().allocate(ROUNDED_BYTES, LaneSums.LINE_BYTES);
        };
  }

  /** The digest of all bytes of a segment of native memory, as they are. */
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
    addParameters(block.parameters());
    for (int kind = 0; kind < block.state().size(); kind++) {
      state(kind).update(block.state().get(kind));
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
    addParameters(side.asSlice(0, planeBytes));
    for (int kind = 0; (kind + 1) * planeBytes < side.byteSize(); kind++) {
      state(kind).update(side.asSlice((kind + 1) * planeBytes, planeBytes));
    }
  }

  private void addParameters(MemorySegment exact) {
    MemorySegment buffer = rounded;
    if (buffer == null) {
      parameters.update(exact);
      return;
    }
    for (long at = 0; at < exact.byteSize(); at += ROUNDED_BYTES) {
      long bytes = Math.min(ROUNDED_BYTES, exact.byteSize() - at);
      MemorySegment part = buffer.asSlice(0, bytes);
      FloatVectors.roundToBf16(part, exact.asSlice(at, bytes));
      parameters.update(part);
    }
    plane(0).update(exact);
  }

  private LaneSums state(int kind) {
    return plane(rounded == null ? kind : kind + 1);
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

  private LaneSums plane(int index) {
    while (state.size() <= index) {
      state.add(new LaneSums());
    }
    return state.get(index);
  }
}
