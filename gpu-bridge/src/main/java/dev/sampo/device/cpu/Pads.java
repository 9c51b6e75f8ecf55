package dev.sampo.device.cpu;

import dev.sampo.device.LargePages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Work space of products: one pad a worker, since it runs one product at a time. */
final class Pads implements AutoCloseable {
  private static final long LINE_BYTES = 64;

  private final List<Pad> pads = new ArrayList<>();

  /** One worker's, as large as its largest product wants. */
  static final class Pad {
    private Room room = new Room(LINE_BYTES);

    /** Between products: whoever runs next asks for the new {@link #segment}. */
    void grow(long bytes) {
      if (room.segment.byteSize() < bytes) {
        room.arena.close();
        room = new Room(bytes);
      }
    }

    /** On a cache line. */
    MemorySegment segment() {
      return room.segment;
    }
  }

  /** Memory that ends with its arena. */
  private static final class Room {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    Room(long bytes) {
      segment = LargePages.allocate(arena, bytes);
    }
  }

  Pad of(int worker) {
    while (pads.size() <= worker) {
      pads.add(new Pad());
    }
    return pads.get(worker);
  }

  long usedBytes() {
    return pads.stream().mapToLong(pad -> pad.segment().byteSize()).sum();
  }

  @Override
  public void close() {
    pads.forEach(pad -> pad.room.arena.close());
  }
}
