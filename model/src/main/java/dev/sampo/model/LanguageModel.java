package dev.sampo.model;

import java.lang.foreign.MemorySegment;

/**
 * A model on a device, for micro-batches of one fixed number of sequences. Parameters and gradients
 * are the caller's flat vectors. One thread at a time; the same parameters and tokens give the same
 * bits on any number of the device's threads.
 */
public interface LanguageModel {
  /** The model's sizes. */
  ModelShape shape();

  /** Where each tensor lies in the flat vector. */
  ParameterLayout layout();

  /** Sequences of every micro-batch. */
  int sequences();

  /** Room for one micro-batch, as long as the device lives. */
  TokenBatch newBatch();

  /** Writes the initial parameters of that seed to the whole of {@code flat}. */
  void initialise(long seed, MemorySegment flat);

  /**
   * Mean loss of a micro-batch and its gradient.
   *
   * @param flat parameters, read only
   * @param batch tokens and their followers, of this model's shape
   * @param gradient out: the whole flat vector, the gradient of the mean loss
   * @return nats per token
   * @throws IllegalArgumentException if a vector or the batch has another shape
   */
  float lossAndGradient(MemorySegment flat, TokenBatch batch, MemorySegment gradient);

  /**
   * Takes in parameters for the calls that do not name them. To be called whenever the vector's
   * contents have changed.
   *
   * @param flat parameters, read until the next call of this method
   */
  void load(MemorySegment flat);

  /**
   * As {@link #lossAndGradient(MemorySegment, TokenBatch, MemorySegment)}, of the parameters that
   * were loaded last.
   *
   * @param noiseKey what tells this micro-batch from all others of its job; dropout follows from it
   * @param listener is told of each layer that is finished
   */
  float lossAndGradient(
      TokenBatch batch, MemorySegment gradient, long noiseKey, GradientListener listener);

  /** Mean loss of a micro-batch, nats per token, without dropout. */
  float loss(MemorySegment flat, TokenBatch batch);

  /** Logits (sequences, context, vocabulary) of a micro-batch, good until the next call. */
  MemorySegment logits(MemorySegment flat, TokenBatch batch);
}
