package dev.sampo.launcher.demo;

import java.util.List;
import java.util.SplittableRandom;

/**
 * When what is killed, drawn from a seed.
 *
 * @param coordinatorAt version at which the coordinator's node is killed
 * @param ownerAt version at which the node of a shard owner is killed
 * @param ownerDraw which of the owners it is
 */
record DemoPlan(long coordinatorAt, long ownerAt, int ownerDraw) {

  /** The moments of that seed: the first kill in the first third, the second after half-time. */
  static DemoPlan of(long seed, long steps) {
    SplittableRandom random = new SplittableRandom(seed);
    return new DemoPlan(
        between(random, 0.12, 0.32, steps),
        between(random, 0.50, 0.68, steps),
        random.nextInt(Integer.MAX_VALUE));
  }

  private static long between(SplittableRandom random, double low, double high, long steps) {
    return Math.max(1, (long) (steps * (low + (high - low) * random.nextDouble())));
  }

  String owner(List<String> owners) {
    return owners.get(ownerDraw % owners.size());
  }
}
