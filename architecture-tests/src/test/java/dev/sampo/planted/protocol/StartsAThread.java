package dev.sampo.planted.protocol;

/** Breaks a rule on purpose. */
final class StartsAThread {
  Thread start(Runnable work) {
    return Thread.ofPlatform().start(work);
  }
}
