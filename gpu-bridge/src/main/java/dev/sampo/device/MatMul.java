package dev.sampo.device;

/**
 * The shape of a product C = op(A) op(B): C is (m, n), op(A) is (m, k), op(B) is (k, n), all dense
 * and row-major, so a transposed A is stored as (k, m) and a transposed B as (n, k). A and B are of
 * the device's precision.
 *
 * <p>Make each shape once and keep it: devices cache their plans by it.
 *
 * @param m rows of C
 * @param n columns of C
 * @param k length of the sums
 * @param a how A is stored
 * @param b how B is stored
 * @param c how C is stored
 */
public record MatMul(int m, int n, int k, Operand a, Operand b, Result c) {

  /** How a product is stored. */
  public enum Result {
    /** In f32. */
    FULL,
    /** In the device's precision, rounded from the f32 sum. */
    ROUNDED
  }

  public MatMul {
    if (m <= 0 || n <= 0 || k <= 0) {
      throw new IllegalArgumentException(
          "a matrix product needs positive sizes: m=" + m + ", n=" + n + ", k=" + k);
    }
  }

  /** A product that is stored in f32. */
  public MatMul(int m, int n, int k, Operand a, Operand b) {
    this(m, n, k, a, b, Result.FULL);
  }

  /** C = A B: (m, k) times (k, n). */
  public static MatMul plain(int m, int n, int k) {
    return new MatMul(m, n, k, Operand.PLAIN, Operand.PLAIN);
  }

  /** C = A Bᵀ: (m, k) times the transpose of (n, k). */
  public static MatMul transposedB(int m, int n, int k) {
    return new MatMul(m, n, k, Operand.PLAIN, Operand.TRANSPOSED);
  }

  /** C = Aᵀ B: the transpose of (k, m) times (k, n). */
  public static MatMul transposedA(int m, int n, int k) {
    return new MatMul(m, n, k, Operand.TRANSPOSED, Operand.PLAIN);
  }

  /** The same product, stored in the device's precision. */
  public MatMul rounded() {
    return new MatMul(m, n, k, a, b, Result.ROUNDED);
  }
}
