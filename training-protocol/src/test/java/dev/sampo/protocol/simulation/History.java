package dev.sampo.protocol.simulation;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.LearningRate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What one simulated history is about, drawn from its seed: even seeds use one kernel class, odd
 * ones mix classes.
 *
 * @param witnesses how many of the nodes only vote
 * @param wipes whether stores get lost; then nobody is suspected without cause, since a false
 *     suspicion and a lost store together may rightly cost a shard
 * @param troubleMs until when faults happen
 * @param poison steps whose gradient is not finite
 */
record History(
    long seed,
    boolean mixed,
    int nodes,
    int witnesses,
    boolean wipes,
    double loss,
    double duplicates,
    long troubleMs,
    List<Long> poison,
    List<JobSpec> jobs) {

  static History of(long seed) {
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
    boolean mixed = (seed & 1) == 1;
    int nodes = 1 + random.nextInt(5);
    nodes = nodes < 3 && random.nextInt(4) > 0 ? 3 : nodes;
    boolean wipes = random.nextInt(4) == 0;
    int jobs = random.nextInt(8) == 0 ? 2 : 1;
    List<JobSpec> specs = new ArrayList<>();
    for (int job = 0; job < jobs; job++) {
      specs.add(job(seed, job, mixed, random));
    }
    List<Long> poison = new ArrayList<>();
    if (random.nextInt(4) == 0) {
      poison.add((long) random.nextInt(8));
      poison.add((long) random.nextInt(8));
    }
    double loss = random.nextInt(3) == 0 || wipes ? 0.01 : 0.15 * random.nextDouble();
    return new History(
        seed,
        mixed,
        nodes,
        nodes > 3 ? random.nextInt(2) : 0,
        wipes,
        loss,
        0.2 * random.nextDouble(),
        500 + random.nextInt(3000),
        poison,
        specs);
  }

  private static JobSpec job(long seed, int index, boolean mixed, Random random) {
    String text = "toy job " + index + " of history " + seed;
    return new JobSpec(
        new JobId(Digest.ofText(text).hex().substring(0, 16)),
        text,
        1 + random.nextInt(12),
        2 + random.nextInt(9),
        1 + random.nextInt(3),
        1 + random.nextInt(3),
        new LearningRate(0.1, 0.01, 2, 9),
        random.nextBoolean() ? 0 : 0.7,
        4,
        mixed);
  }

  /** A replica is lost for good with its node only if it is the only one, and nodes come back. */
  boolean isPoisoned(long step) {
    return poison.contains(step);
  }
}
