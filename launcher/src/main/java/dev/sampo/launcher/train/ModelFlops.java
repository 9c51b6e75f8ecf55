package dev.sampo.launcher.train;

import dev.sampo.config.ModelConfig;

/** How much arithmetic a model takes, by the usual count. */
final class ModelFlops {
  private static final double FORWARD_AND_BACKWARD = 6;
  private static final double ATTENTION = 12;

  private ModelFlops() {}

  /**
   * Of training on one token: 6 a parameter, and attention without its causal half (Chowdhery et
   * al., PaLM, 2022, appendix B).
   */
  static double perToken(ModelConfig model, long parameters) {
    double attention = ATTENTION * model.layers() * model.width() * model.context();
    return FORWARD_AND_BACKWARD * parameters + attention;
  }
}
