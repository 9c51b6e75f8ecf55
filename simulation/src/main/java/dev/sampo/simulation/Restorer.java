package dev.sampo.simulation;

import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.coordinator.Submission;

/**
 * Someone outside the cluster who wants a job to go back to a snapshot: says it again and again to
 * whoever leads until it is answered, and networks say it once more long after.
 */
final class Restorer {
  private static final long REPEAT_MS = 60;
  private static final int LATE_MS = 900;

  private final World world;
  private final JobSpec job;
  private final Origin origin;
  private boolean answered;

  Restorer(World world, JobSpec job, Origin origin) {
    this.world = world;
    this.job = job;
    this.origin = origin;
  }

  void begin() {
    if (!answered) {
      say();
      world.after(REPEAT_MS, this::begin);
    }
  }

  private void say() {
    for (Machine machine : world.running()) {
      world.carry(() -> machine.run(life -> life.restore(job, origin, this::hear)));
    }
  }

  private void hear(Submission answer) {
    if (answer instanceof Submission.Later || answered) {
      return;
    }
    answered = true;
    if (answer instanceof Submission.Taken) {
      world.laws.onTaken(origin);
    }
    if (world.isTroubled()) {
      world.after(world.random.nextInt(LATE_MS), this::say);
    }
  }
}
