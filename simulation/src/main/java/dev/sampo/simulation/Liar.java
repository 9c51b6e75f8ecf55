package dev.sampo.simulation;

/**
 * A device that gives wrong bits for some time, or from some moment on, without a sign of it.
 *
 * @param index the machine whose device it is
 * @param fromMs since when, in virtual time
 * @param untilMs when it is right again
 * @param often the share of what it computes that is wrong, from 0 to 1
 */
record Liar(int index, long fromMs, long untilMs, double often) {
  boolean mayLie(int machine, long nowMs) {
    return machine == index && nowMs >= fromMs && nowMs < untilMs;
  }
}
