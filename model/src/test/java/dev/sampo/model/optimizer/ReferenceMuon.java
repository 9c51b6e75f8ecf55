package dev.sampo.model.optimizer;

/** Muon in double, element by element, as its paper writes it: what the fast one is tested by. */
final class ReferenceMuon {
  private ReferenceMuon() {}

  /** By Newton and Schulz's iteration, quintic, five rounds. */
  static double[][] orthogonal(double[][] matrix) {
    if (matrix.length > matrix[0].length) {
      return transposed(orthogonal(transposed(matrix)));
    }
    double norm = 0;
    for (double[] row : matrix) {
      for (double value : row) {
        norm += value * value;
      }
    }
    double[][] x = combined(1 / (Math.sqrt(norm) + 1e-7), matrix, 0, matrix);
    for (int round = 0; round < 5; round++) {
      double[][] a = product(x, transposed(x));
      double[][] b = combined(-4.7750, a, 2.0315, product(a, a));
      x = combined(3.4445, x, 1, product(b, x));
    }
    return x;
  }

  static double[][] product(double[][] left, double[][] right) {
    double[][] out = new double[left.length][right[0].length];
    for (int row = 0; row < left.length; row++) {
      for (int column = 0; column < right[0].length; column++) {
        for (int k = 0; k < right.length; k++) {
          out[row][column] += left[row][k] * right[k][column];
        }
      }
    }
    return out;
  }

  static double[][] transposed(double[][] matrix) {
    double[][] out = new double[matrix[0].length][matrix.length];
    for (int row = 0; row < matrix.length; row++) {
      for (int column = 0; column < matrix[0].length; column++) {
        out[column][row] = matrix[row][column];
      }
    }
    return out;
  }

  private static double[][] combined(double f, double[][] x, double g, double[][] y) {
    double[][] out = new double[x.length][x[0].length];
    for (int row = 0; row < x.length; row++) {
      for (int column = 0; column < x[0].length; column++) {
        out[row][column] = f * x[row][column] + g * y[row][column];
      }
    }
    return out;
  }
}
