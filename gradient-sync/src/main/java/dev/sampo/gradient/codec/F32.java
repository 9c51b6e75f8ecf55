package dev.sampo.gradient.codec;

import java.lang.foreign.MemorySegment;

/** The bytes as they are; so it may also carry what is no f32. */
public record F32() implements Codec {

  @Override
  public byte code() {
    return 0;
  }

  @Override
  public boolean takes(long decodedBytes) {
    return true;
  }

  @Override
  public int encodedBytes(int decodedBytes) {
    return decodedBytes;
  }

  @Override
  public int decodedCapacity(int encodedBytes) {
    return encodedBytes;
  }

  @Override
  public void encode(
      MemorySegment from, long fromAt, MemorySegment to, long toAt, int decodedBytes) {
    MemorySegment.copy(from, fromAt, to, toAt, decodedBytes);
  }

  @Override
  public void decode(
      MemorySegment from, long fromAt, MemorySegment to, long toAt, int decodedBytes) {
    MemorySegment.copy(from, fromAt, to, toAt, decodedBytes);
  }
}
