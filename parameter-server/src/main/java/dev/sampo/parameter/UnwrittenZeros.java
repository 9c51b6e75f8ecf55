package dev.sampo.parameter;

import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.RandomDataInput;
import net.openhft.chronicle.bytes.RandomDataOutput;
import net.openhft.chronicle.hash.AbstractData;
import org.jspecify.annotations.Nullable;

/**
 * A value of zeros for a map whose file {@link DiskRoom} has reserved: the map finds a place for it
 * and writes nothing there, since that reads as zeros already.
 */
final class UnwrittenZeros extends AbstractData<byte[]> {
  private final byte[] zeros;

  UnwrittenZeros(int bytes) {
    this.zeros = new byte[bytes];
  }

  @Override
  public long size() {
    return zeros.length;
  }

  @Override
  @SuppressWarnings("rawtypes") // as the library has it
  public void writeTo(RandomDataOutput target, long offset) {
    // Its place is as it was.
  }

  @Override
  public RandomDataInput bytes() {
    return BytesStore.wrap(zeros);
  }

  @Override
  public long offset() {
    return 0;
  }

  @Override
  public byte[] get() {
    return zeros.clone();
  }

  @Override
  public byte[] getUsing(byte @Nullable [] using) {
    return get();
  }
}
