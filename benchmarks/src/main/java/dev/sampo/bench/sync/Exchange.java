package dev.sampo.bench.sync;

/**
 * One process's part of a round: it gives its gradient, and has the sum of all when the round is
 * over.
 */
interface Exchange extends AutoCloseable {
  /** What the others need to know to reach this one. */
  String address();

  /** The addresses of all, by rank. */
  void connect(String[] addresses) throws InterruptedException;

  /** One round, which ends when this process has everything. */
  void round(int number) throws InterruptedException;

  /**
   * Throws if what the last round brought is not what it should be.
   *
   * @throws IllegalStateException if a number is wrong
   */
  void check(int number);

  /** How long it took to get going; 0 where that is not measured. */
  default double startSeconds() {
    return 0;
  }

  @Override
  void close();
}
