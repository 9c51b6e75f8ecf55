package dev.sampo.simulation;

import dev.sampo.protocol.AuditRule;
import dev.sampo.protocol.EvaluationRule;
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
   * falls back and makes the version anew with other bits, while a worker that hears nothing since
   * its owner came back still pushes pieces that it computed from the dead one.
   */
  static Schedule baseDies(long seed) {
    History random = History.of(2 * seed + 1);
    JobSpec job = random.jobs().getFirst();
    JobSpec single = ofOneShard(job, 8, 12, 1, true);
    SplittableRandom chance = new SplittableRandom(seed);
    List<Fault> faults = new ArrayList<>();
    for (long atMs = 300; atMs < 2_400; atMs += 700 + chance.nextInt(300)) {
      // The copy is on the roomiest node, which is the last.
      faults.add(new Fault(faults.size(), Fault.Kind.BIT_FLIP, atMs, 5, 2, chance.nextInt(64)));
      int deaf = chance.nextInt(2);
      long fromMs = atMs + 20 + chance.nextInt(60);
      faults.add(
          new Fault(
              faults.size(), Fault.Kind.DEAFNESS, fromMs, 500 + chance.nextInt(200), deaf, 0));
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
            faults,
            null));
  }

  /**
   * A long job of one shard on three nodes, each of which is cut off again and again for just so
   * long that it is configured out: copies for learners are under way nearly all the time, and many
   * come late and twice.
   */
  static Schedule copiesComeLate(long seed) {
    return lateCopies(2 * seed + 1, isolations(seed));
  }

  /** The same, and in the middle the job is cancelled and begun anew. */
  static Schedule copiesOfAnotherRunComeLate(long seed) {
    List<Fault> faults = isolations(seed);
    long atMs = 900L + new SplittableRandom(-seed).nextInt(1_200);
    faults.add(new Fault(faults.size(), Fault.Kind.CANCEL, atMs, 100, 0, 0));
    return lateCopies(4 * seed + 1, faults);
  }

  private static List<Fault> isolations(long seed) {
    SplittableRandom chance = new SplittableRandom(seed);
    List<Fault> faults = new ArrayList<>();
    for (long atMs = 300; atMs < 3_400; atMs += 250 + chance.nextInt(200)) {
      faults.add(
          new Fault(
              faults.size(),
              Fault.Kind.ISOLATION,
              atMs,
              150 + chance.nextInt(60),
              chance.nextInt(1000),
              0));
    }
    return faults;
  }

  private static Schedule lateCopies(long historySeed, List<Fault> faults) {
    History random = History.of(historySeed);
    JobSpec copied = ofOneShard(random.jobs().getFirst(), 2, 60, 3, true);
    return Schedule.whole(
        new History(
            random.seed(),
            History.Mode.MIXED_CLASSES,
            3,
            0,
            0,
            3,
            false,
            0.01,
            0.5,
            3_500,
            List.of(),
            List.of(copied),
            faults,
            null));
  }

  /**
   * A mixed job on two nodes that sync at intervals: it goes back to its first snapshot again and
   * again, and each time a node loses soon after what it had not synced.
   */
  static Schedule powerGoesAfterARestore(long seed) {
    History random = History.of(10 * seed + 5);
    JobSpec job = random.jobs().getFirst();
    JobSpec restored = ofOneShard(job, 2, 60, 2, true).withSnapshots(new SnapshotRule(3, 1));
    SplittableRandom chance = new SplittableRandom(seed);
    List<Fault> faults = new ArrayList<>();
    for (long atMs = 400; atMs < 3_400; atMs += 500 + chance.nextInt(200)) {
      faults.add(new Fault(faults.size(), Fault.Kind.RESTORE, atMs, 0, 0, 0));
      long cutMs = atMs + 40 + chance.nextInt(150);
      int victim = chance.nextInt(2);
      faults.add(new Fault(faults.size(), Fault.Kind.POWER_CUT, cutMs, 20, victim, 0));
    }
    return Schedule.whole(
        new History(
            random.seed(),
            History.Mode.MIXED_CLASSES,
            2,
            0,
            0,
            2,
            true,
            0.01,
            0.1,
            3_500,
            List.of(),
            List.of(restored),
            faults,
            null));
  }

  /** Three nodes of one class that nothing happens to but lost messages; one of them lies. */
  static Schedule oneLies(long seed) {
    History random = History.of(2 * seed);
    JobSpec job =
        ofOneShard(random.jobs().getFirst(), 6, 40, 2, false).withAudits(new AuditRule(1));
    return Schedule.whole(
        new History(
            // No device is odd, and disks are synced.
            7 + 30 * seed,
            History.Mode.SINGLE_CLASS,
            3,
            0,
            0,
            3,
            false,
            0.02,
            0.1,
            1_000,
            List.of(),
            List.of(job),
            List.of(),
            new Liar((int) (seed % 3), 0, Long.MAX_VALUE, 1)));
  }

  private static JobSpec ofOneShard(
      JobSpec job, int slots, int steps, int replicas, boolean mixed) {
    return new JobSpec(
        job.id(),
        job.text(),
        slots,
        0,
        steps,
        1,
        replicas,
        job.learningRate(),
        job.clipNorm(),
        job.maxSkippedSteps(),
        mixed,
        SnapshotRule.NONE,
        EvaluationRule.NONE,
        AuditRule.NONE);
  }
}
