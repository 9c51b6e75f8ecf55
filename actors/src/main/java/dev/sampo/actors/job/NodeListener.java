package dev.sampo.actors.job;

import dev.sampo.actors.job.LentBuffers.LentBuffer;

/** Hears of the gradient of a tree node while the rest of it is still being computed. */
@FunctionalInterface
interface NodeListener {
  /**
   * The gradient will not change any more from the parameter {@code first} on, nor the loss behind
   * the parameters. Called on the computing thread.
   */
  void finished(long first, LentBuffer gradient);
}
