package dev.sampo.planted.protocol;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Breaks a rule on purpose. */
final class RollsDice {
  private final Random random = new Random(1);

  double roll(List<Integer> sides) {
    Collections.shuffle(sides);
    return random.nextInt(6) + Math.random() + UUID.randomUUID().hashCode();
  }
}
