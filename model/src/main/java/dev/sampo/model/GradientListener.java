package dev.sampo.model;

/**
 * Hears of a gradient while the rest of it is still being computed: what is finished can be sent
 * meanwhile. Layers are finished from the last to the first.
 */
@FunctionalInterface
public interface GradientListener {
  /** For those who wait for the whole. */
  GradientListener NONE = (first, loss) -> {};

  /**
   * The gradient will not change any more from {@code first} to the vector's end. Called on the
   * computing thread, with ever smaller {@code first}; the rest is whole when the model returns.
   *
   * @param loss the micro-batch's mean loss, nats per token
   */
  void finished(long first, float loss);
}
