package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sampo.device.cpu.AmxCode.Rows;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A product of f32 on a processor that multiplies tiles of bf16 (Intel's AMX), in machine code: 32
 * by 32 elements of C from one panel of A and one of B, as {@link AmxPanels} makes them.
 *
 * <p>An element is the sum of a high, a middle and a low part, each of bf16's eight bits. Of the
 * nine products of parts the kernel makes the six that reach into the 24 bits of an f32; what it
 * leaves out is at most 2^-25 of a product. One instruction adds up 32 products and rounds less
 * often than a loop, so that a sum is nearer to the true one than a chain of fused multiply-adds
 * (measured: by half). The tiles take numbers below 2^-126 for zero, so parts of what is below
 * 2^-110 are lost; what is not finite makes NaN, and so does what rounds to it, from 3.39e38 on.
 */
final class AmxKernel {
  /** Rows and columns of C. */
  static final int WIDTH = 32;

  /** Elements along k that one instruction takes. */
  static final int STEP = 32;

  /** Lines of a tile: of A its rows, of B its pairs along k. */
  static final int LINES = 16;

  static final int LINE_BYTES = 64;
  static final int TILE_BYTES = LINES * LINE_BYTES;

  /** The two tiles of one part of a panel's step lie together. */
  static final int PART_BYTES = 2 * TILE_BYTES;

  /** High, middle, low. */
  static final int STEP_BYTES = 3 * PART_BYTES;

  /** What each step brings nearer of what comes next. */
  static final int NEXT_BYTES_PER_STEP = 12 * LINE_BYTES;

  private static final int HIGH = 0;
  private static final int MIDDLE = PART_BYTES;
  private static final int LOW = 2 * PART_BYTES;

  /** The first of two tiles that hold A's part; 0 to 3 hold the sums. */
  private static final int A = 4;

  private static final int B = 6;
  private static final int TILES = 8;
  private static final int CONFIGURATION_AT = NativeCode.PAGE_BYTES - 64;

  private static final FunctionDescriptor TYPE =
      FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private final MethodHandle overwrite = NativeCode.function(page(false), TYPE);
  private final MethodHandle add = NativeCode.function(page(true), TYPE);

  private AmxKernel() {}

  /** Filled by the first who asks. */
  private static final class OfThisProcess {
    static final Attempt<AmxKernel> ATTEMPT = Attempt.at(AmxKernel::make);
  }

  /**
   * The kernel of this process, made by the first call.
   *
   * @throws UnsatisfiedLinkError with the reason, if it cannot run here
   */
  static AmxKernel load() {
    return OfThisProcess.ATTEMPT.get();
  }

  private static AmxKernel make() {
    if (!NativeLibraries.platform().equals("linux-x86_64")) {
      throw new UnsatisfiedLinkError(
          "no AMX for this platform: platform=" + NativeLibraries.platform());
    }
    if (!GemmChoice.hasAmx(GemmChoice.processor())) {
      throw new UnsatisfiedLinkError("the processor has no AMX");
    }
    if (Reductions.LANES.length() != LINES) {
      throw new UnsatisfiedLinkError("this process has no vectors of 512 bits");
    }
    NativeCode.requestTiles();
    return new AmxKernel();
  }

  /**
   * C = A B, or C += A B.
   *
   * @param adds whether what C holds counts
   * @param a address of A's panel
   * @param b address of B's panel
   * @param c address of C's first element
   * @param stride bytes from one row of C to the next
   * @param steps how long the panels are, in steps of {@value #STEP}; at least 1
   * @param next address of what will be read soon: {@value #NEXT_BYTES_PER_STEP} bytes a step of it
   *     come into the second-level cache
   */
  void multiply(boolean adds, long a, long b, long c, long stride, long steps, long next) {
    try {
      (adds ? add : overwrite).invokeExact(a, b, c, stride, steps, next);
    } catch (Throwable e) {
      throw new IllegalStateException("the kernel can be called", e);
    }
  }

  /**
   * The code, called as System V has it: rdi A, rsi B, rdx C, rcx stride, r8 steps, r9 next. At the
   * end of its page lies the configuration: eight tiles of 16 lines of 64 bytes.
   */
  private static byte[] page(boolean adds) {
    AmxCode code = new AmxCode();
    code.put(0xC4, 0xE2, 0x78, 0x49, 0x05).number(CONFIGURATION_AT - 9); // ldtilecfg [rip + ...]
    code.put(0xB8).number(LINE_BYTES); // mov eax, LINE_BYTES
    code.put(0x49, 0x89, 0xCA); // mov r10, rcx
    code.put(0x49, 0xC1, 0xE2, 0x04); // shl r10, 4
    code.put(0x49, 0x01, 0xD2); // add r10, rdx: C's row 16
    if (adds) {
      code.load(0, Rows.RDX_BY_RCX, 0).load(1, Rows.RDX_BY_RCX, LINE_BYTES);
      code.load(2, Rows.R10_BY_RCX, 0).load(3, Rows.R10_BY_RCX, LINE_BYTES);
    } else {
      code.zero(0).zero(1).zero(2).zero(3);
    }
    int step = code.here();
    bringNext(code);
    // Each product but the first has one operand of that before, and the largest comes last.
    loadA(code, HIGH);
    loadB(code, LOW);
    multiply(code);
    loadB(code, MIDDLE);
    multiply(code);
    loadA(code, MIDDLE);
    multiply(code);
    loadB(code, HIGH);
    multiply(code);
    loadA(code, LOW);
    multiply(code);
    loadA(code, HIGH);
    multiply(code);
    code.put(0x48, 0x81, 0xC7).number(STEP_BYTES); // add rdi, STEP_BYTES
    code.put(0x48, 0x81, 0xC6).number(STEP_BYTES); // add rsi, STEP_BYTES
    code.put(0x49, 0xFF, 0xC8); // dec r8
    code.jumpIfNotZero(step);
    code.store(0, Rows.RDX_BY_RCX, 0).store(1, Rows.RDX_BY_RCX, LINE_BYTES);
    code.store(2, Rows.R10_BY_RCX, 0).store(3, Rows.R10_BY_RCX, LINE_BYTES);
    code.put(0xC4, 0xE2, 0x78, 0x49, 0xC0); // tilerelease
    code.put(0xC3); // ret
    ByteBuffer page =
        ByteBuffer.allocate(NativeCode.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN).put(code.bytes());
    page.put(CONFIGURATION_AT, (byte) 1);
    for (int tile = 0; tile < TILES; tile++) {
      page.putShort(CONFIGURATION_AT + 16 + 2 * tile, (short) LINE_BYTES);
      page.put(CONFIGURATION_AT + 48 + tile, (byte) LINES);
    }
    return page.array();
  }

  private static void bringNext(AmxCode code) {
    for (int at = 0; at < NEXT_BYTES_PER_STEP; at += LINE_BYTES) {
      code.put(0x41, 0x0F, 0x18, 0x91).number(at); // prefetcht1 [r9 + at]
    }
    code.put(0x49, 0x81, 0xC1).number(NEXT_BYTES_PER_STEP); // add r9, NEXT_BYTES_PER_STEP
  }

  private static void loadA(AmxCode code, int part) {
    code.load(A, Rows.RDI_BY_RAX, part).load(A + 1, Rows.RDI_BY_RAX, part + TILE_BYTES);
  }

  private static void loadB(AmxCode code, int part) {
    code.load(B, Rows.RSI_BY_RAX, part).load(B + 1, Rows.RSI_BY_RAX, part + TILE_BYTES);
  }

  private static void multiply(AmxCode code) {
    code.multiply(0, A, B).multiply(1, A, B + 1).multiply(2, A + 1, B).multiply(3, A + 1, B + 1);
  }
}
