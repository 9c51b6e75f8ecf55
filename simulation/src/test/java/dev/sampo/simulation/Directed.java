package dev.sampo.simulation;

import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.SnapshotRule;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Histories made to bring about what random ones hardly ever do. */
final class Directed {
  private Directed() {}

  /**
   * A mixed job with one copy of everything, whose newest version is damaged again and again: it
   * falls back, makes the version anew with other bits, and pieces computed from the dead one are
   * still on their way.
   */
  static Schedule baseDies(long seed) {
    History random = History.of(2 * seed + 1);
    JobSpec job = random.jobs().getFirst();
    JobSpec single =
        new JobSpec(
            job.id(),
            job.text(),
            8,
            0,
            12,
            1,
            1,
            job.learningRate(),
            job.clipNorm(),
            job.maxSkippedSteps(),
            true,
            SnapshotRule.NONE);
    SplittableRandom chance = new SplittableRandom(seed);
    List<Fault> faults = new ArrayList<>();
    for (long atMs = 300; atMs < 2_400; atMs += 40 + chance.nextInt(120)) {
      faults.add(
          new Fault(
              faults.size(),
              Fault.Kind.BIT_FLIP,
              atMs,
              chance.nextInt(20),
              chance.nextInt(1000),
              chance.nextInt(64)));
    }
    return Schedule.whole(
        new History(
            random.seed(),
            History.Mode.MIXED_CLASSES,
            3,
            0,
            0,
            3,
            false,
            0.02,
            0.3,
            2_500,
            List.of(),
            List.of(single),
            faults));
  }
}
