package dev.sampo.gradient.codec;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Turns f32 into what travels, and back. The bits of both directions are the same on every machine.
 * Lengths and offsets are in bytes; "decoded" ones count f32, four a number.
 */
public sealed interface Codec permits F32, Bf16 {
  Codec F32 = new F32();
  Codec BF16 = new Bf16();

  /** Its number on the wire, which never changes meaning. */
  byte code();

  /** Whether a transfer of this many decoded bytes can be written. */
  boolean takes(long decodedBytes);

  /** How many bytes travel for so many decoded ones. */
  int encodedBytes(int decodedBytes);

  /** The most decoded bytes that fit into so many on the wire. */
  int decodedCapacity(int encodedBytes);

  /** Writes {@code decodedBytes} from {@code from} at {@code fromAt} to {@code to} at toAt. */
  void encode(MemorySegment from, long fromAt, MemorySegment to, long toAt, int decodedBytes);

  /** The other way: reads {@code encodedBytes(decodedBytes)}, writes {@code decodedBytes}. */
  void decode(MemorySegment from, long fromAt, MemorySegment to, long toAt, int decodedBytes);

  /** Null for a code that no codec has: it comes from the network, so it is no broken invariant. */
  static @Nullable Codec ofCode(int code) {
    return switch (code) {
      case 0 -> F32;
      case 1 -> BF16;
      default -> null;
    };
  }
}
