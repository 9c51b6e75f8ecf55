package dev.sampo.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Native memory for tensors, in pages of 2 MiB where Linux has them to give ({@code
 * transparent_hugepage} at {@code madvise} or {@code always}): a walk over a tensor then misses the
 * translation of addresses 512 times less often. Elsewhere it is what an arena gives.
 */
public final class LargePages {
  /** What large pages are for; less comes from the arena. */
  private static final long LEAST_BYTES = 4L << 20;

  private static final long PAGE_BYTES = 2L << 20;
  private static final long ALIGNMENT_BYTES = 64;

  // Of Linux on x86-64 and arm64: sys/mman.h.
  private static final int READ_AND_WRITE = 0x1 | 0x2;
  private static final int PRIVATE_ANONYMOUS = 0x02 | 0x20;
  private static final int ADVISE_HUGE_PAGES = 14;
  private static final long FAILED = -1;

  private static final Optional<Mapping> MAPPING = Mapping.ofThisSystem();

  private LargePages() {}

  /** Zeroed memory on a cache line, which ends with {@code arena}. */
  public static MemorySegment allocate(Arena arena, long bytes) {
    return MAPPING
        .filter(mapping -> bytes >= LEAST_BYTES)
        .flatMap(mapping -> mapping.map(arena, bytes))
        .orElseGet(() -> arena.allocate(bytes, ALIGNMENT_BYTES));
  }

  private record Mapping(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
    static Optional<Mapping> ofThisSystem() {
      if (!System.getProperty("os.name").equals("Linux")) {
        return Optional.empty();
      }
      return Optional.of(
          new Mapping(
              bind(
                  "mmap",
                  FunctionDescriptor.of(
                      JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG)),
              bind("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG)),
              bind("madvise", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT))));
    }

    @SuppressWarnings("restricted") // calls of the C library
    private static MethodHandle bind(String name, FunctionDescriptor type) {
      Linker linker = Linker.nativeLinker();
      SymbolLookup library = linker.defaultLookup();
      return linker.downcallHandle(library.findOrThrow(name), type);
    }

    /** Empty if the system has no room for it; what is not touched takes none. */
    @SuppressWarnings("restricted") // its length is the one that was mapped
    Optional<MemorySegment> map(Arena arena, long bytes) {
      long room = bytes + PAGE_BYTES;
      long address = invokeMmap(room);
      if (address == FAILED) {
        return Optional.empty();
      }
      MemorySegment whole =
          MemorySegment.ofAddress(address).reinterpret(room, arena, mapped -> unmap(mapped, room));
      long first = -address & (PAGE_BYTES - 1);
      // Refused where the kernel has no large pages; small ones do.
      invokeMadvise(address + first, bytes);
      return Optional.of(whole.asSlice(first, bytes));
    }

    private long invokeMmap(long bytes) {
      try {
        return (long) mmap.invokeExact(0L, bytes, READ_AND_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
      } catch (Throwable e) {
        throw new IllegalStateException("mmap can be called", e);
      }
    }

    private void invokeMadvise(long address, long bytes) {
      try {
        int ignored = (int) madvise.invokeExact(address, bytes, ADVISE_HUGE_PAGES);
      } catch (Throwable e) {
        throw new IllegalStateException("madvise can be called", e);
      }
    }

    private void unmap(MemorySegment mapped, long bytes) {
      try {
        int ignored = (int) munmap.invokeExact(mapped, bytes);
      } catch (Throwable e) {
        throw new IllegalStateException("munmap can be called", e);
      }
    }
  }
}
