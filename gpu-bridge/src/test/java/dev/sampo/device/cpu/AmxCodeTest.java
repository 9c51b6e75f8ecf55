package dev.sampo.device.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

class AmxCodeTest {
  /** As an assembler has them. */
  @Test
  void instructionsAreEncodedAsTheManualSays() {
    byte[] expected = {
      (byte) 0xC4,
      (byte) 0xE2,
      0x7B,
      0x49,
      (byte) 0xD8, // tilezero tmm3
      (byte) 0xC4,
      (byte) 0xE2,
      0x42,
      0x5C,
      (byte) 0xDD, // tdpbf16ps tmm3, tmm5, tmm7
      (byte) 0xC4,
      (byte) 0xE2,
      0x7B,
      0x4B,
      (byte) 0xAC,
      0x07,
      0,
      4,
      0,
      0, // tileloadd tmm5, [rdi
      (byte) 0xC4,
      (byte) 0xC2,
      0x7A,
      0x4B,
      (byte) 0x9C,
      0x0A,
      64,
      0,
      0,
      0, // tilestored [r10
      0x0F,
      (byte) 0x85,
      (byte) 0xDC,
      -1,
      -1,
      -1 // jnz 0
    };
    AmxCode code = new AmxCode().zero(3).multiply(3, 5, 7);
    code.load(5, AmxCode.Rows.RDI_BY_RAX, 1024).store(3, AmxCode.Rows.R10_BY_RCX, 64);
    assertArrayEquals(expected, code.jumpIfNotZero(0).bytes());
  }
}
