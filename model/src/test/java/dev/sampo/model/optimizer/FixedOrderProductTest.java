package dev.sampo.model.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every bit is that of the plain chain: no vector length, tile or panel shows. */
class FixedOrderProductTest {
  private final FixedOrderProduct product = new FixedOrderProduct();

  private static Matrix random(long seed, int rows, int columns) {
    Random random = new Random(seed);
    Matrix matrix = Matrix.zero(rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        matrix.values()[row * matrix.stride() + column] = random.nextFloat() - 0.5f;
      }
    }
    return matrix;
  }

  /** What was there before must not show. */
  private static Matrix dirty(int rows, int columns) {
    Matrix matrix = Matrix.zero(rows, columns);
    Arrays.fill(matrix.values(), Float.NaN);
    return matrix;
  }

  private static float at(Matrix matrix, int row, int column) {
    return matrix.values()[row * matrix.stride() + column];
  }

  @ParameterizedTest(name = "{0} x {1} x {2}")
  @CsvSource({
    "1,1,1",
    "2,3,4",
    "4,64,64",
    "5,65,63",
    "7,255,17",
    "33,256,129",
    "64,257,1",
    "130,513,67"
  })
  void everyElementIsOneChain(int rows, int depth, int columns) {
    Matrix left = random(rows, rows, depth);
    Matrix right = random(columns, depth, columns);
    Matrix out = dirty(rows, columns);
    product.multiply(left, right, out);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        float sum = 0;
        for (int k = 0; k < depth; k++) {
          sum = Math.fma(at(left, row, k), at(right, k, column), sum);
        }
        assertEquals(sum, at(out, row, column), row + ", " + column);
      }
    }
    requireCleanPadding(out);
  }

  @ParameterizedTest(name = "{0} x {1}")
  @CsvSource({"1,1", "3,2", "4,64", "63,65", "65,300", "129,256", "131,513", "200,31"})
  void theGramMatrixIsTheProductWithTheTransposed(int rows, int columns) {
    Matrix x = random(rows + columns, rows, columns);
    Matrix out = dirty(rows, rows);
    product.gram(x, out);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < rows; column++) {
        float sum = 0;
        for (int k = 0; k < columns; k++) {
          sum = Math.fma(at(x, row, k), at(x, column, k), sum);
        }
        assertEquals(sum, at(out, row, column), row + ", " + column);
      }
    }
    requireCleanPadding(out);
  }

  private static void requireCleanPadding(Matrix out) {
    for (int at = 0; at < out.floats(); at++) {
      if (at / out.stride() >= out.rows() || at % out.stride() >= out.columns()) {
        assertEquals(0, out.values()[at], "padding at " + at);
      }
    }
  }
}
