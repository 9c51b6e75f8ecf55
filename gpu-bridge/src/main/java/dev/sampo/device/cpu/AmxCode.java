package dev.sampo.device.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes the machine code of {@link AmxKernel}: the few instructions that it is made of, as the
 * manual encodes them (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2).
 */
final class AmxCode {
  private static final int MOST_BYTES = 2048;

  private final ByteBuffer code = ByteBuffer.allocate(MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** A matrix in memory, by the register of its address and that of the bytes between its rows. */
  enum Rows {
    RDI_BY_RAX(0xE2, 0x07),
    RSI_BY_RAX(0xE2, 0x06),
    RDX_BY_RCX(0xE2, 0x0A),
    R10_BY_RCX(0xC2, 0x0A);

    private final int prefix;
    private final int registers;

    Rows(int prefix, int registers) {
      this.prefix = prefix;
      this.registers = registers;
    }
  }

  /** Bytes so far, which is the place of the next instruction. */
  int here() {
    return code.position();
  }

  /** An instruction as it is. */
  AmxCode put(int... bytes) {
    for (int b : bytes) {
      code.put((byte) b);
    }
    return this;
  }

  /** The four bytes of an instruction that are a number. */
  AmxCode number(int number) {
    code.putInt(number);
    return this;
  }

  /** {@code tilezero tile}. */
  AmxCode zero(int tile) {
    return put(0xC4, 0xE2, 0x7B, 0x49, 0xC0 | tile << 3);
  }

  /** {@code tileloadd tile, [rows + offset]}. */
  AmxCode load(int tile, Rows rows, int offset) {
    return move(0x7B, tile, rows, offset);
  }

  /** {@code tilestored [rows + offset], tile}. */
  AmxCode store(int tile, Rows rows, int offset) {
    return move(0x7A, tile, rows, offset);
  }

  private AmxCode move(int way, int tile, Rows rows, int offset) {
    put(0xC4, rows.prefix, way, 0x4B, 0x84 | tile << 3, rows.registers);
    return number(offset);
  }

  /** {@code tdpbf16ps sum, a, b}: sum += a b, of pairs of bf16. */
  AmxCode multiply(int sum, int a, int b) {
    return put(0xC4, 0xE2, 0x02 | (~b & 0xF) << 3, 0x5C, 0xC0 | sum << 3 | a);
  }

  /** {@code jnz place}. */
  AmxCode jumpIfNotZero(int place) {
    put(0x0F, 0x85);
    return number(place - here() - Integer.BYTES);
  }

  byte[] bytes() {
    byte[] bytes = new byte[here()];
    code.get(0, bytes);
    return bytes;
  }
}
