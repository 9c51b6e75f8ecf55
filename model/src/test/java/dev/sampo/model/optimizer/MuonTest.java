package dev.sampo.model.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import dev.sampo.model.ParameterTensor.Role;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MuonTest {
  private static final float RATE = 0.02f;
  private static final float SCALE = 0.25f;
  private static final Muon MUON = new Muon(0.95f, 0.1f);

  private final Arena arena = Arena.ofShared();

  @AfterEach
  void free() {
    arena.close();
  }

  /** One tensor, its versions and a gradient. */
  private record Case(
      ParameterLayout layout, Sgd.State from, Sgd.State to, MemorySegment gradient) {
    ParameterTensor tensor() {
      return layout.tensors().getFirst();
    }
  }

  private Case random(int rows, int columns, Role role) {
    Random random = new Random(31L * rows + columns);
    ParameterLayout layout = new ParameterLayout.Builder().matrix("a", rows, columns, role).build();
    long n = layout.total();
    return new Case(
        layout,
        new Sgd.State(random(random, n), random(random, n)),
        new Sgd.State(arena.allocate(4 * n), arena.allocate(4 * n)),
        random(random, n));
  }

  private MemorySegment random(Random random, long n) {
    MemorySegment x = arena.allocate(4 * n, 4);
    for (long i = 0; i < n; i++) {
      x.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return x;
  }

  private static void step(Case at, long pieceElements) {
    List<Muon.Piece> pieces = new ArrayList<>();
    long n = at.layout().total();
    for (long first = 0; first < n; first += pieceElements) {
      long length = Math.min(pieceElements, n - first);
      pieces.add(
          new Muon.Piece(
              part(at.from(), first, length), part(at.to(), first, length), first, first));
    }
    MuonTensor tensor = new MuonTensor(MUON, new NewtonSchulz(at.layout()), at.tensor(), pieces);
    tensor.turn(at.gradient(), SCALE);
    for (int piece = 0; piece < pieces.size(); piece++) {
      tensor.move(piece, RATE);
    }
  }

  private static Sgd.State part(Sgd.State state, long first, long length) {
    return new Sgd.State(
        state.parameters().asSlice(4 * first, 4 * length),
        state.velocity().asSlice(4 * first, 4 * length));
  }

  @ParameterizedTest(name = "{0} x {1}, {2}")
  @CsvSource({
    "1,1,WEIGHT",
    "1,9,WEIGHT",
    "24,24,WEIGHT",
    "24,96,WEIGHT",
    "96,24,RESIDUAL_WEIGHT",
    "65,130,WEIGHT",
    "131,67,WEIGHT",
    "24,72,JOINED_WEIGHT",
    "30,99,JOINED_WEIGHT",
    "40,66,JOINED_WEIGHT"
  })
  void isTheReferenceInDouble(int rows, int columns, Role role) {
    Case at = random(rows, columns, role);
    step(at, 50);
    int parts = at.tensor().matrices();
    int width = columns / parts;
    for (int part = 0; part < parts; part++) {
      double[][] mixed = new double[rows][width];
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < width; column++) {
          long i = (long) row * columns + (long) part * width + column;
          double g = SCALE * at.gradient().getAtIndex(JAVA_FLOAT, i);
          double m = 0.95 * at.from().velocity().getAtIndex(JAVA_FLOAT, i) + g;
          assertEquals(m, at.to().velocity().getAtIndex(JAVA_FLOAT, i), 1e-6);
          mixed[row][column] = g + 0.95 * m;
        }
      }
      double[][] direction = ReferenceMuon.orthogonal(mixed);
      double size = RATE * 0.2 * Math.sqrt(Math.max(rows, width));
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < width; column++) {
          long i = (long) row * columns + (long) part * width + column;
          double old = at.from().parameters().getAtIndex(JAVA_FLOAT, i);
          assertEquals(
              (1 - RATE * 0.1) * old - size * direction[row][column],
              at.to().parameters().getAtIndex(JAVA_FLOAT, i),
              1e-4 * size + 1e-6,
              part + ": " + row + ", " + column);
        }
      }
    }
  }

  @Test
  void directionsAreNearlyOrthonormal() {
    Random random = new Random(7);
    double[][] matrix = new double[20][60];
    for (double[] row : matrix) {
      for (int i = 0; i < row.length; i++) {
        row[i] = random.nextGaussian();
      }
    }
    double[][] direction = ReferenceMuon.orthogonal(matrix);
    double[][] gram = ReferenceMuon.product(direction, ReferenceMuon.transposed(direction));
    for (int row = 0; row < gram.length; row++) {
      // Singular values between 0.7 and 1.2, so their squares, and so any quotient of Rayleigh's.
      assertTrue(gram[row][row] > 0.4 && gram[row][row] < 1.5, "row=" + row);
    }
  }

  @Test
  void givesTheSameBitsHoweverTheTensorIsCut() {
    Case whole = random(37, 96, Role.JOINED_WEIGHT);
    step(whole, Long.MAX_VALUE / 8);
    for (long cut : new long[] {1, 3, 16, 95, 96, 97, 1000}) {
      Case pieces = random(37, 96, Role.JOINED_WEIGHT);
      step(pieces, cut);
      assertEquals(-1, whole.to().parameters().mismatch(pieces.to().parameters()), "cut " + cut);
      assertEquals(-1, whole.to().velocity().mismatch(pieces.to().velocity()), "cut " + cut);
    }
  }

  @Test
  void workSpaceRemembersNothingOfMatricesBefore() {
    Case alone = random(24, 24, Role.WEIGHT);
    step(alone, 100);
    ParameterLayout both =
        new ParameterLayout.Builder()
            .matrix("large", 70, 90, Role.WEIGHT)
            .matrix("small", 24, 24, Role.WEIGHT)
            .build();
    NewtonSchulz shared = new NewtonSchulz(both);
    Case large = random(70, 90, Role.WEIGHT);
    whole(large, shared);
    Case after = random(24, 24, Role.WEIGHT);
    whole(after, shared);
    assertEquals(-1, alone.to().parameters().mismatch(after.to().parameters()));
  }

  private static void whole(Case at, NewtonSchulz shared) {
    MuonTensor tensor =
        new MuonTensor(
            MUON, shared, at.tensor(), List.of(new Muon.Piece(at.from(), at.to(), 0, 0)));
    tensor.turn(at.gradient(), SCALE);
    tensor.move(0, RATE);
  }

  @Test
  void aMatrixOfZerosStaysWhereItIs() {
    Case at = random(8, 12, Role.WEIGHT);
    at.gradient().fill((byte) 0);
    at.from().velocity().fill((byte) 0);
    step(at, 50);
    for (int i = 0; i < 96; i++) {
      assertEquals(
          at.from().parameters().getAtIndex(JAVA_FLOAT, i) * (1 - RATE * 0.1f),
          at.to().parameters().getAtIndex(JAVA_FLOAT, i));
    }
  }

  @Test
  void refusesWhatIsNoWholeMatrix() {
    assertThrows(IllegalArgumentException.class, () -> new Muon(1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Muon(0, -1));
    Case table = random(8, 12, Role.TABLE);
    assertThrows(IllegalArgumentException.class, () -> step(table, 50));
    Case matrix = random(8, 12, Role.WEIGHT);
    Muon.Piece half = new Muon.Piece(part(matrix.from(), 0, 48), part(matrix.to(), 0, 48), 0, 0);
    NewtonSchulz newtonSchulz = new NewtonSchulz(matrix.layout());
    assertThrows(
        IllegalArgumentException.class,
        () -> new MuonTensor(MUON, newtonSchulz, matrix.tensor(), List.of(half)));
  }
}
