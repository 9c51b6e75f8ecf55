package dev.sampo.model.optimizer;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.ToLongFunction;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The nearest matrix with orthonormal rows or columns, roughly: X = U S Vᵀ becomes about U Vᵀ, with
 * singular values between 0.7 and 1.2, by five rounds of the quintic iteration X' = a X + b (X Xᵀ)
 * X + c (X Xᵀ)² X with the coefficients of Jordan and others ("Muon: an optimizer for hidden layers
 * in neural networks", 2024). Theirs runs in bf16, this one in f32.
 *
 * <p>Sums run in one fixed order ({@link FixedOrderProduct}), so the bits are the same on every
 * machine. Any thread; it keeps as much work space as threads have used at once.
 */
public final class NewtonSchulz {
  static final int ROUNDS = 5;
  static final float A = 3.4445f;
  static final float B = -4.7750f;
  static final float C = 2.0315f;

  /** Keeps a matrix of zeros one. */
  static final double SMALLEST_NORM = 1e-7;

  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

  private final Deque<Workspace> spare = new ArrayDeque<>();

  /** Reads and writes the elements of one matrix, wherever they lie. */
  interface Elements {
    int rows();

    int columns();

    /** Fills {@code into}, (rows, columns). */
    void gather(Matrix into);

    /** As {@link #gather}, but (columns, rows). */
    void gatherTransposed(Matrix into);

    /** Takes the elements back. */
    void scatter(Matrix from);

    /** As {@link #scatter}, but (columns, rows). */
    void scatterTransposed(Matrix from);
  }

  private final int longFloats;
  private final int squareFloats;

  /** For the matrices of a model. */
  public NewtonSchulz(ParameterLayout layout) {
    this.longFloats = Math.toIntExact(most(layout, NewtonSchulz::longFloats));
    this.squareFloats = Math.toIntExact(most(layout, NewtonSchulz::squareFloats));
  }

  /** Bytes of work space for a model, for each thread that is in here at once. */
  public static long workBytes(ParameterLayout layout) {
    return 2
        * Float.BYTES
        * (most(layout, NewtonSchulz::longFloats) + most(layout, NewtonSchulz::squareFloats));
  }

  private static long most(ParameterLayout layout, ToLongFunction<ParameterTensor> floats) {
    return layout.tensors().stream()
        .filter(tensor -> tensor.matrices() > 0)
        .mapToLong(floats)
        .max()
        .orElse(0);
  }

  private static long longFloats(ParameterTensor tensor) {
    int columns = tensor.columns() / tensor.matrices();
    return Matrix.floats(Math.min(tensor.rows(), columns), Math.max(tensor.rows(), columns));
  }

  private static long squareFloats(ParameterTensor tensor) {
    int shorter = Math.min(tensor.rows(), tensor.columns() / tensor.matrices());
    return Matrix.floats(shorter, shorter);
  }

  /** Makes a matrix orthogonal where it lies. A matrix of zeros stays one. */
  void orthogonalise(Elements elements) {
    Workspace workspace = take();
    workspace.orthogonalise(elements);
    giveBack(workspace);
  }

  private synchronized Workspace take() {
    return spare.isEmpty() ? new Workspace(longFloats, squareFloats) : spare.pop();
  }

  private synchronized void giveBack(Workspace workspace) {
    spare.push(workspace);
  }

  /**
   * The matrices of one shape, the shorter side first.
   *
   * @param x (m, n)
   * @param next (m, n)
   * @param gram (m, m)
   * @param square (m, m)
   */
  private record Shaped(Matrix x, Matrix next, Matrix gram, Matrix square) {}

  /** Memory of one thread, in which matrices of all shapes take turns. */
  private static final class Workspace {
    private final FixedOrderProduct product = new FixedOrderProduct();
    private final float[] x;
    private final float[] next;
    private final float[] gram;
    private final float[] square;
    private final List<Shaped> shapes = new ArrayList<>();

    Workspace(int longFloats, int squareFloats) {
      this.x = new float[longFloats];
      this.next = new float[longFloats];
      this.gram = new float[squareFloats];
      this.square = new float[squareFloats];
    }

    void orthogonalise(Elements elements) {
      boolean tall = elements.rows() > elements.columns();
      Shaped shaped =
          tall
              ? shaped(elements.columns(), elements.rows())
              : shaped(elements.rows(), elements.columns());
      shaped.x().clear();
      if (tall) {
        elements.gatherTransposed(shaped.x());
      } else {
        elements.gather(shaped.x());
      }
      Matrix done = rounds(shaped);
      if (tall) {
        elements.scatterTransposed(done);
      } else {
        elements.scatter(done);
      }
    }

    private Matrix rounds(Shaped shaped) {
      Matrix now = shaped.x();
      Matrix then = shaped.next();
      scale(now, (float) (1 / (norm(now) + SMALLEST_NORM)));
      for (int round = 0; round < ROUNDS; round++) {
        product.gram(now, shaped.gram());
        // The gram matrix is symmetric, so its own gram matrix is its square.
        product.gram(shaped.gram(), shaped.square());
        combine(shaped.square(), C, shaped.gram(), B);
        product.multiply(shaped.square(), now, then);
        combine(then, 1, now, A);
        Matrix swapped = now;
        now = then;
        then = swapped;
      }
      return now;
    }

    /** A model has few shapes, and a step makes no new ones. */
    private Shaped shaped(int m, int n) {
      for (int i = 0; i < shapes.size(); i++) {
        Matrix known = shapes.get(i).x();
        if (known.rows() == m && known.columns() == n) {
          return shapes.get(i);
        }
      }
      shapes.add(
          new Shaped(
              Matrix.in(x, m, n),
              Matrix.in(next, m, n),
              Matrix.in(gram, m, m),
              Matrix.in(square, m, m)));
      return shapes.getLast();
    }
  }

  /** Frobenius', in double, row by row. */
  private static double norm(Matrix x) {
    double sum = 0;
    for (int row = 0; row < x.rows(); row++) {
      int at = row * x.stride();
      for (int column = 0; column < x.columns(); column++) {
        double value = x.values()[at + column];
        sum = Math.fma(value, value, sum);
      }
    }
    return Math.sqrt(sum);
  }

  private static void scale(Matrix x, float factor) {
    for (int at = 0; at < x.floats(); at += LANES.length()) {
      FloatVector.fromArray(LANES, x.values(), at).mul(factor).intoArray(x.values(), at);
    }
  }

  /** x = factor x + otherFactor other: one rounding for the second product, one for the sum. */
  private static void combine(Matrix x, float factor, Matrix other, float otherFactor) {
    FloatVector scale = FloatVector.broadcast(LANES, factor);
    for (int at = 0; at < x.floats(); at += LANES.length()) {
      FloatVector added = FloatVector.fromArray(LANES, other.values(), at).mul(otherFactor);
      FloatVector.fromArray(LANES, x.values(), at).fma(scale, added).intoArray(x.values(), at);
    }
  }
}
