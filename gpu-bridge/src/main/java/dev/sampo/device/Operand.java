package dev.sampo.device;

/** How a matrix operand lies in memory: as the product reads it, or transposed. */
public enum Operand {
  PLAIN,
  TRANSPOSED
}
