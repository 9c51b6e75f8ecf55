package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Makes functions of machine code that was written in this process, on Linux on x86-64. A function
 * takes a page, which may be run and no longer written, and stays as long as the process.
 */
final class NativeCode {
  static final int PAGE_BYTES = 4096;

  // asm/unistd_64.h, asm/prctl.h, sys/mman.h.
  private static final long ARCH_PRCTL = 158;
  private static final long REQUEST_PERMISSION = 0x1023;
  private static final long TILE_DATA = 18;
  private static final int READ = 0x1;
  private static final int WRITE = 0x2;
  private static final int EXECUTE = 0x4;
  private static final int PRIVATE_ANONYMOUS = 0x02 | 0x20;
  private static final long FAILED = -1;

  private NativeCode() {}

  /**
   * A function that neither calls back nor takes long: the virtual machine waits for it.
   *
   * @param page its code, from the first byte on
   * @throws UnsatisfiedLinkError if the system lets nobody run such code
   */
  @SuppressWarnings("restricted") // calling native code is this class's purpose
  static MethodHandle function(byte[] page, FunctionDescriptor type) {
    return Linker.nativeLinker()
        .downcallHandle(executable(page), type, Linker.Option.critical(false));
  }

  /**
   * Asks the system for the registers of AMX's tiles, which a process has only then.
   *
   * @throws UnsatisfiedLinkError if it gives none
   */
  static void requestTiles() {
    MethodHandle syscall =
        bind(
            "syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    long answer;
    try {
      answer = (long) syscall.invokeExact(ARCH_PRCTL, REQUEST_PERMISSION, TILE_DATA);
    } catch (Throwable e) {
      throw new IllegalStateException("arch_prctl can be called", e);
    }
    if (answer != 0) {
      throw new UnsatisfiedLinkError("the system gives no tiles: arch_prctl=" + answer);
    }
  }

  @SuppressWarnings("restricted") // its length is the one that was mapped
  private static MemorySegment executable(byte[] page) {
    MethodHandle mmap =
        bind(
            "mmap",
            FunctionDescriptor.of(
                ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    MethodHandle mprotect =
        bind("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    MemorySegment memory;
    int refused;
    try {
      memory =
          (MemorySegment)
              mmap.invokeExact(
                  MemorySegment.NULL, (long) PAGE_BYTES, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0L);
      if (memory.address() == FAILED) {
        throw new UnsatisfiedLinkError("no memory for code: bytes=" + PAGE_BYTES);
      }
      MemorySegment.copy(page, 0, memory.reinterpret(PAGE_BYTES), JAVA_BYTE, 0, page.length);
      refused = (int) mprotect.invokeExact(memory, (long) PAGE_BYTES, READ | EXECUTE);
    } catch (UnsatisfiedLinkError e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("mmap and mprotect can be called", e);
    }
    if (refused != 0) {
      throw new UnsatisfiedLinkError("the system runs no code made here: mprotect=" + refused);
    }
    return memory;
  }

  @SuppressWarnings("restricted") // calls of the C library
  private static MethodHandle bind(String name, FunctionDescriptor type, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
  }
}
