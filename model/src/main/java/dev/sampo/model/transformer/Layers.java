package dev.sampo.model.transformer;

import dev.sampo.device.Normalised;
import dev.sampo.model.FlatVectors;
import dev.sampo.model.Noise;
import java.lang.foreign.MemorySegment;

/**
 * What a family of transformers brings to the walk over its layers, for micro-batches of one number
 * of rows on one device. R is the rows, batch times context; C the width; V the vocabulary;
 * "rounded" is the device's precision.
 *
 * @param <P> the family's tensors as slices of a flat vector: of parameters, or of their gradients
 */
public interface Layers<P> {
  /** The tensors of a flat vector. */
  P slices(FlatVectors vectors);

  /** How the names of one layer's tensors begin. */
  String prefix(int layer);

  /** The output head, (V, C); in the parameters rounded. */
  MemorySegment head(P p);

  /** Room f32 (R, C) whose contents nobody counts on from one call here to the next. */
  MemorySegment scratch();

  /**
   * A layer, with room of its own for what backward needs of forward.
   *
   * @param layer its number, from 0
   * @param x its lower border, f32 (R, C)
   */
  Block<P> newBlock(int layer, MemorySegment x);

  /**
   * Tokens to the lowest border.
   *
   * @param tokens i32 (R)
   * @param x out: f32 (R, C)
   */
  void embed(P p, MemorySegment tokens, MemorySegment x);

  /**
   * The gradient of the embedding, when the gradient of the head is there: a table that serves as
   * both has both added up.
   *
   * @param tokens i32 (R)
   * @param dx f32 (R, C)
   */
  void embedBackward(MemorySegment tokens, MemorySegment dx, P gradient);

  /**
   * What the norm before the head takes, and room for what its backward pass needs.
   *
   * @param x f32 (R, C): the highest border
   */
  Normalised normalised(MemorySegment x);

  /**
   * The norm before the head.
   *
   * @param normalised from {@link #normalised}; its statistics are set
   * @param normal out: rounded (R, C)
   */
  void norm(P p, Normalised normalised, MemorySegment normal);

  /**
   * Sets the gradients of the norm before the head.
   *
   * @param normalised the same that forward took
   * @param dNormal f32 (R, C)
   * @param dx f32 (R, C): added to
   */
  void normBackward(
      P p, Normalised normalised, MemorySegment dNormal, P gradient, MemorySegment dx);

  /**
   * A layer, and room for what lies between its borders. It knows nothing but its own parameters
   * and its borders; so layers may share a room, if {@link #recompute} comes before {@link
   * #backward}.
   */
  interface Block<P> {
    /**
     * Another layer in the same room.
     *
     * @param layer its number, from 0
     * @param x its lower border, f32 (R, C)
     */
    Block<P> at(int layer, MemorySegment x);

    /**
     * Computes the layer, and keeps what its backward pass needs.
     *
     * @param noise the micro-batch's dropouts
     * @param out out: the layer's upper border, f32 (R, C)
     */
    void forward(P p, Noise noise, MemorySegment out);

    /** All of {@link #forward} but what only the upper border needs, to the same bits. */
    void recompute(P p, Noise noise);

    /**
     * Sets the gradients of the layer's parameters.
     *
     * @param noise the same that the last forward or recompute of this layer took
     * @param dx in: gradient at the upper border; out: at the lower border, f32 (R, C)
     */
    void backward(P p, Noise noise, P gradient, MemorySegment dx);
  }

  /**
   * What a family takes of a device beside the walk's own tensors.
   *
   * @param block a block's
   * @param shared all blocks' together, with what embedding and norm keep
   */
  record Room(Elements block, Elements shared) {}
}
