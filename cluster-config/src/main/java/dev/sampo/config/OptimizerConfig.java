package dev.sampo.config;

/**
 * The optimizer and its constants.
 *
 * @param kind the rule of the update
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the second moment
 * @param momentum decay of SGD's and Muon's velocity
 * @param weightDecay decoupled decay, applied times the learning rate
 */
public record OptimizerConfig(
    Kind kind, double beta1, double beta2, double epsilon, double momentum, double weightDecay) {
  /** The rules of update that Sampo knows. */
  public enum Kind {
    /** Adam with decoupled weight decay (Loshchilov and Hutter, 2019). */
    ADAMW,
    /** Descent with Nesterov's momentum. */
    SGD,
    /** Momentum made orthogonal for matrices between layers, ADAMW for all else (Jordan, 2024). */
    MUON
  }
}
