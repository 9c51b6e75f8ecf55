package dev.sampo.actors.job;

import java.util.function.Consumer;

/**
 * What somebody in this process wants to know of a job on this node while it runs. Nothing that is
 * observed changes what is computed.
 *
 * @param validateEvery steps between two versions whose loss on the held-out text is told; 0 for
 *     none but the last
 * @param validationTokens tokens of that text to predict at most; 0 for no validation at all
 * @param observer is told, on threads of the node's; must not wait
 */
public record RunWatch(long validateEvery, long validationTokens, Consumer<Observation> observer) {
  /** Nobody looks. */
  public static final RunWatch NOBODY = new RunWatch(0, 0, observation -> {});

  public RunWatch {
    if (validateEvery < 0 || validationTokens < 0) {
      throw new IllegalArgumentException(
          "a watch counts steps and tokens: validateEvery=%d, validationTokens=%d"
              .formatted(validateEvery, validationTokens));
    }
  }

  /** Whether a version of a job of so many steps is to be validated: a pure function of them. */
  boolean isDue(long version, long steps) {
    boolean regular = validateEvery > 0 && version > 0 && version % validateEvery == 0;
    return validationTokens > 0 && (regular || version == steps);
  }

  void tell(Observation observation) {
    observer.accept(observation);
  }
}
