package dev.sampo.launcher.local;

import dev.sampo.launcher.JobAtHand;
import java.util.function.LongSupplier;

/** Shows a run on a screen: its events for good, its progress in place. */
public final class RunScreen implements LocalRun.Listener {
  private final Screen screen;
  private final Pace pace;
  private final LongSupplier nanoTime;

  /** Shows runs of that job. */
  public RunScreen(Screen screen, JobAtHand job, LongSupplier nanoTime) {
    var recipe = job.job().recipe();
    this.screen = screen;
    this.nanoTime = nanoTime;
    this.pace =
        new Pace(job.spec().steps(), recipe.batch().sequencesPerStep() * recipe.model().context());
  }

  @Override
  public void event(String line) {
    screen.line(line);
  }

  @Override
  public void progress(LocalRun run) {
    pace.reached(run.ledger().version(), nanoTime.getAsLong());
    screen.progress(() -> pace.line(run.ledger().lastLoss(), run.alive()));
  }
}
