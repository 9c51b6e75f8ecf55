package dev.sampo.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Many histories, side by side. What comes out does not depend on how many threads there are,
 * unless so much is found that it ends early.
 */
public final class Campaign {
  /** Histories that a thread runs before it tells. */
  private static final int BATCH = 32;

  /** So many findings are enough: the campaign ends early. */
  private static final int ENOUGH = 5;

  /**
   * How far a campaign is.
   *
   * @param events of all histories so far
   */
  public record Progress(long done, long histories, long events) {}

  /**
   * What a campaign found.
   *
   * @param findings broken laws, by seed, the schedules shortened
   */
  public record Result(long histories, long events, Taken taken, List<Finding> findings) {
    public Result {
      findings = List.copyOf(findings);
    }

    public boolean passed() {
      return findings.isEmpty();
    }
  }

  private record Batch(long histories, long events, Taken taken, List<Simulation.Outcome> failed) {}

  private final long firstSeed;
  private final long histories;
  private final AtomicLong next;
  private final AtomicLong end;
  private final BlockingQueue<Batch> batches = new LinkedBlockingQueue<>();

  private Campaign(long firstSeed, long histories) {
    this.firstSeed = firstSeed;
    this.histories = histories;
    this.next = new AtomicLong(firstSeed);
    this.end = new AtomicLong(firstSeed + histories);
  }

  /**
   * Runs the histories of {@code firstSeed}, {@code firstSeed + 1}, and so on.
   *
   * @param jobs how many threads run them, at least 1
   * @param progress is told now and then, on the calling thread
   */
  public static Result run(long firstSeed, long histories, int jobs, Consumer<Progress> progress)
      throws InterruptedException {
    Campaign campaign = new Campaign(firstSeed, histories);
    List<Thread> threads = new ArrayList<>();
    for (int job = 0; job < jobs; job++) {
      threads.add(Thread.ofPlatform().name("simulation-" + job).start(campaign::work));
    }
    try {
      return campaign.gather(progress);
    } finally {
      campaign.end.set(firstSeed);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private void work() {
    for (long from = next.getAndAdd(BATCH); from < end.get(); from = next.getAndAdd(BATCH)) {
      long to = Math.min(from + BATCH, firstSeed + histories);
      long events = 0;
      Taken taken = new Taken();
      List<Simulation.Outcome> failed = new ArrayList<>();
      for (long seed = from; seed < to; seed++) {
        Simulation.Outcome outcome = Simulation.run(Schedule.of(seed));
        events += outcome.events();
        taken.add(outcome.taken());
        if (!outcome.passed()) {
          failed.add(outcome);
        }
      }
      batches.add(new Batch(to - from, events, taken, failed));
    }
  }

  private Result gather(Consumer<Progress> progress) throws InterruptedException {
    long done = 0;
    long events = 0;
    Taken taken = new Taken();
    List<Simulation.Outcome> failed = new ArrayList<>();
    while (done < histories && failed.size() < ENOUGH) {
      Batch batch = batches.take();
      done += batch.histories;
      events += batch.events;
      taken.add(batch.taken);
      failed.addAll(batch.failed);
      progress.accept(new Progress(done, histories, events));
    }
    failed.sort((a, b) -> Long.compare(a.schedule().seed(), b.schedule().seed()));
    List<Finding> findings = failed.stream().limit(ENOUGH).map(Finding::of).toList();
    return new Result(done, events, taken, findings);
  }
}
