package dev.sampo.model.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Muon (Jordan and others, 2024) for the matrices between a model's layers: Nesterov's momentum, as
 * {@link Sgd}'s, made orthogonal by {@link NewtonSchulz}. The step is scaled to the size of
 * AdamW's, 0.2 sqrt(max(rows, columns)), and weight decay is decoupled, after Liu and others ("Muon
 * is scalable for LLM training", 2025): so one learning rate serves the matrices and what AdamW
 * does beside them.
 *
 * <p>Elementwise chains and sums have one fixed order of exactly rounded operations, so vector
 * length and machine do not show in the result.
 *
 * @param momentum decay of the velocity, in [0, 1)
 * @param weightDecay multiplied with the learning rate
 */
public record Muon(float momentum, float weightDecay) {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** The root mean square of AdamW's steps, in learning rates. */
  private static final double ADAMW_STEP = 0.2;

  public Muon {
    if (!(momentum >= 0 && momentum < 1 && weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "Muon wants momentum in [0, 1) and decay >= 0: momentum=%s, weightDecay=%s"
              .formatted(momentum, weightDecay));
    }
  }

  /**
   * A run of a tensor's elements in both versions.
   *
   * @param from version A, read only
   * @param to version B, overwritten; not overlapping version A
   * @param first of the tensor's elements, row by row
   * @param gradientFirst where in the gradient it begins, in elements
   */
  public record Piece(Sgd.State from, Sgd.State to, long first, long gradientFirst) {
    public Piece {
      if (from.parameters().byteSize() != to.parameters().byteSize()) {
        throw new IllegalArgumentException(
            "both versions of a piece have one length: bytes=%d, to=%d"
                .formatted(from.parameters().byteSize(), to.parameters().byteSize()));
      }
    }

    long elements() {
      return from.parameters().byteSize() / Float.BYTES;
    }
  }

  /** By what the direction of a matrix of that shape is multiplied and added. */
  float stepSize(float learningRate, int rows, int columns) {
    return (float) (-learningRate * (ADAMW_STEP * Math.sqrt(Math.max(rows, columns))));
  }

  /** Writes the new velocity, and what is to be made orthogonal where parameters will be. */
  void mix(Piece piece, MemorySegment gradient, float scale) {
    MemorySegment velocity = piece.from().velocity();
    MemorySegment newVelocity = piece.to().velocity();
    MemorySegment mixed = piece.to().parameters();
    FloatVector decay = FloatVector.broadcast(LANES, momentum);
    long ahead = piece.gradientFirst() * Float.BYTES;
    long bytes = velocity.byteSize();
    long at = 0;
    for (; at + LANES.vectorByteSize() <= bytes; at += LANES.vectorByteSize()) {
      FloatVector g = load(gradient, ahead + at).mul(scale);
      FloatVector m = load(velocity, at).fma(decay, g);
      m.intoMemorySegment(newVelocity, at, ORDER);
      m.fma(decay, g).intoMemorySegment(mixed, at, ORDER);
    }
    for (; at < bytes; at += Float.BYTES) {
      float g = gradient.get(JAVA_FLOAT, ahead + at) * scale;
      float m = Math.fma(velocity.get(JAVA_FLOAT, at), momentum, g);
      newVelocity.set(JAVA_FLOAT, at, m);
      mixed.set(JAVA_FLOAT, at, Math.fma(m, momentum, g));
    }
  }

  /** Writes the new parameters, where the directions are. */
  void move(Piece piece, float learningRate, float stepSize) {
    MemorySegment old = piece.from().parameters();
    MemorySegment parameters = piece.to().parameters();
    float keep = 1 - learningRate * weightDecay;
    FloatVector step = FloatVector.broadcast(LANES, stepSize);
    long bytes = old.byteSize();
    long at = 0;
    for (; at + LANES.vectorByteSize() <= bytes; at += LANES.vectorByteSize()) {
      load(parameters, at)
          .fma(step, load(old, at).mul(keep))
          .intoMemorySegment(parameters, at, ORDER);
    }
    for (; at < bytes; at += Float.BYTES) {
      float kept = old.get(JAVA_FLOAT, at) * keep;
      parameters.set(JAVA_FLOAT, at, Math.fma(parameters.get(JAVA_FLOAT, at), stepSize, kept));
    }
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at, ORDER);
  }
}
