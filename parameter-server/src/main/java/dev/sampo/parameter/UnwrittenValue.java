package dev.sampo.parameter;

import net.openhft.chronicle.bytes.RandomDataInput;
import net.openhft.chronicle.bytes.RandomDataOutput;
import net.openhft.chronicle.hash.AbstractData;
import org.jspecify.annotations.Nullable;

/**
 * A value that has a length and no bytes: a map finds a place for it and writes nothing there. In
 * the room that {@link DiskRoom} has reserved that reads as zeros.
 */
final class UnwrittenValue extends AbstractData<byte[]> {
  private final int bytes;

  UnwrittenValue(int bytes) {
    this.bytes = bytes;
  }

  @Override
  public long size() {
    return bytes;
  }

  @Override
  @SuppressWarnings("rawtypes") // as the library has it
  public void writeTo(RandomDataOutput target, long offset) {
    // Its place is as it was.
  }

  @Override
  public RandomDataInput bytes() {
    throw noBytes();
  }

  @Override
  public long offset() {
    throw noBytes();
  }

  @Override
  public byte[] get() {
    throw noBytes();
  }

  @Override
  public byte[] getUsing(byte @Nullable [] using) {
    throw noBytes();
  }

  private UnsupportedOperationException noBytes() {
    return new UnsupportedOperationException("an unwritten value has no bytes: size=" + bytes);
  }
}
