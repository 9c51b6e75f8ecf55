package dev.sampo.model.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.model.ParameterTensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Muon's step of one tensor that lies in pieces, prepared once so that a step allocates nothing:
 * {@link #turn} finds the directions of the whole tensor, {@link #move} takes a piece along them.
 * Between the two, directions lie where the new parameters will be. One thread at a time.
 */
public final class MuonTensor {
  private final Muon muon;
  private final NewtonSchulz newtonSchulz;
  private final ParameterTensor tensor;
  private final List<Muon.Piece> pieces;
  private final List<Part> parts;

  /**
   * @param newtonSchulz with room for this tensor's matrices
   * @param pieces all of the tensor, in order and without gaps
   */
  public MuonTensor(
      Muon muon, NewtonSchulz newtonSchulz, ParameterTensor tensor, List<Muon.Piece> pieces) {
    this.muon = muon;
    this.newtonSchulz = newtonSchulz;
    this.tensor = tensor;
    this.pieces = List.copyOf(pieces);
    this.parts = IntStream.range(0, tensor.matrices()).mapToObj(Part::new).toList();
    long at = 0;
    for (Muon.Piece piece : pieces) {
      at = piece.first() == at ? at + piece.elements() : -1;
    }
    if (at != tensor.elements() || parts.isEmpty()) {
      throw new IllegalArgumentException(
          "Muon takes whole tensors of matrices: tensor=" + tensor + ", elements=" + at);
    }
  }

  /**
   * Finds the directions.
   *
   * @param gradient the summed gradient, of which each piece knows its place; read only
   * @param scale multiplied with it: clip scale over number of slots
   */
  public void turn(MemorySegment gradient, float scale) {
    for (int i = 0; i < pieces.size(); i++) {
      muon.mix(pieces.get(i), gradient, scale);
    }
    for (int i = 0; i < parts.size(); i++) {
      newtonSchulz.orthogonalise(parts.get(i));
    }
  }

  /** Takes one piece along them: its parameters are those of the next version then. */
  public void move(int piece, float learningRate) {
    int columns = tensor.columns() / tensor.matrices();
    float stepSize = muon.stepSize(learningRate, tensor.rows(), columns);
    muon.move(pieces.get(piece), learningRate, stepSize);
  }

  /** Where the elements of a piece lie that belong to one row of one matrix. */
  private interface Run {
    /**
     * @param at where in the segment the run begins, in elements
     * @param row of the matrix
     * @param column of the matrix
     */
    void on(MemorySegment segment, long at, int row, int column, int length);
  }

  /** One of the matrices that lie side by side. */
  private final class Part implements NewtonSchulz.Elements {
    private final int firstColumn;
    private final int columns;

    Part(int index) {
      this.columns = tensor.columns() / tensor.matrices();
      this.firstColumn = index * columns;
    }

    @Override
    public int rows() {
      return tensor.rows();
    }

    @Override
    public int columns() {
      return columns;
    }

    @Override
    public void gather(Matrix into) {
      runs(
          (segment, at, row, column, length) ->
              MemorySegment.copy(
                  segment,
                  JAVA_FLOAT,
                  at * Float.BYTES,
                  into.values(),
                  row * into.stride() + column,
                  length));
    }

    @Override
    public void gatherTransposed(Matrix into) {
      runs(
          (segment, at, row, column, length) -> {
            for (int i = 0; i < length; i++) {
              into.values()[(column + i) * into.stride() + row] =
                  segment.getAtIndex(JAVA_FLOAT, at + i);
            }
          });
    }

    @Override
    public void scatter(Matrix from) {
      runs(
          (segment, at, row, column, length) ->
              MemorySegment.copy(
                  from.values(),
                  row * from.stride() + column,
                  segment,
                  JAVA_FLOAT,
                  at * Float.BYTES,
                  length));
    }

    @Override
    public void scatterTransposed(Matrix from) {
      runs(
          (segment, at, row, column, length) -> {
            for (int i = 0; i < length; i++) {
              segment.setAtIndex(
                  JAVA_FLOAT, at + i, from.values()[(column + i) * from.stride() + row]);
            }
          });
    }

    /** Walks over this matrix's elements, row by row and piece by piece. */
    private void runs(Run run) {
      for (int i = 0; i < pieces.size(); i++) {
        Muon.Piece piece = pieces.get(i);
        MemorySegment segment = piece.to().parameters();
        long end = piece.first() + piece.elements();
        for (long row = piece.first() / tensor.columns(); row * tensor.columns() < end; row++) {
          long begin = row * tensor.columns() + firstColumn;
          long from = Math.max(begin, piece.first());
          long to = Math.min(begin + columns, end);
          if (from < to) {
            run.on(
                segment, from - piece.first(), (int) row, (int) (from - begin), (int) (to - from));
          }
        }
      }
    }
  }
}
