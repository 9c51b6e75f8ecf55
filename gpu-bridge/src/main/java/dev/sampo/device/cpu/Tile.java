package dev.sampo.device.cpu;

import dev.sampo.device.Operand;

/**
 * One single-threaded product of strided matrices, C (m, n) = op(A) op(B).
 *
 * @param strideA elements from one stored row of A to the next; likewise B and C
 */
record Tile(int m, int n, int k, Operand a, Operand b, int strideA, int strideB, int strideC) {}
