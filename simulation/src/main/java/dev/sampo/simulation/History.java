package dev.sampo.simulation;

import dev.sampo.protocol.AuditRule;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.EvaluationRule;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.LearningRate;
import dev.sampo.protocol.SnapshotRule;
import dev.sampo.protocol.tree.Grain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What one simulated history is about, drawn from its seed.
 *
 * @param mode even seeds use one kernel class, odd ones mix classes
 * @param nodes how many there are; the first of them vote
 * @param latecomers how many of the nodes come only when a fault lets them join
 * @param witnesses how many of the nodes only vote
 * @param voters how many of the founders vote at first
 * @param gentle whether stores get lost; then nobody is suspected without cause
 * @param loss of a message, from 0 to 1, while there are faults
 * @param duplicates of a message, from 0 to 1, while there are faults
 * @param troubleMs until when faults happen
 * @param poison steps whose gradient is not finite
 * @param liar the device that is silently wrong; null where none is
 */
record History(
    long seed,
    Mode mode,
    int nodes,
    int latecomers,
    int witnesses,
    int voters,
    boolean gentle,
    double loss,
    double duplicates,
    long troubleMs,
    List<Long> poison,
    List<JobSpec> jobs,
    List<Fault> faults,
    @Nullable Liar liar) {

  /** What the devices and the disks are like. */
  enum Mode {
    /** One kernel class: every version is a function of the job. */
    SINGLE_CLASS,
    /** A gradient's last bits depend on who computed it. */
    MIXED_CLASSES
  }

  static History of(long seed) {
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + 1);
    boolean mixed = (seed & 1) == 1;
    int founders = 1 + random.nextInt(5);
    founders = founders < 3 && random.nextInt(4) > 0 ? 3 : founders;
    int latecomers = random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0;
    boolean gentle = random.nextInt(4) == 0;
    boolean silent = gentle && random.nextInt(3) == 0;
    latecomers = silent ? 0 : latecomers;
    int jobs = random.nextInt(8) == 0 ? 2 : 1;
    // Whoever is odd in silence may be the only one who holds a shard of the next job.
    jobs = silent ? 1 : jobs;
    List<JobSpec> specs = new ArrayList<>();
    AuditRule audits = silent ? AuditRule.NONE : audits(seed);
    Liar liar = liar(seed, mixed, founders, audits);
    for (int job = 0; job < jobs; job++) {
      specs.add(job(seed, job, mixed, random).withAudits(audits));
    }
    List<Long> poison = new ArrayList<>();
    if (random.nextInt(4) == 0) {
      poison.add((long) random.nextInt(8));
      poison.add((long) random.nextInt(8));
    }
    double loss = random.nextInt(3) == 0 || gentle ? 0.01 : 0.15 * random.nextDouble();
    double duplicates = 0.2 * random.nextDouble();
    long troubleMs = 500L + random.nextInt(3000);
    return new History(
        seed,
        mixed ? Mode.MIXED_CLASSES : Mode.SINGLE_CLASS,
        founders + latecomers,
        latecomers,
        founders > 3 ? random.nextInt(2) : 0,
        random.nextInt(3) == 0 ? 1 : founders,
        gentle,
        loss,
        duplicates,
        troubleMs,
        poison,
        specs,
        withOrders(
            faults(troubleMs, kinds(gentle, silent, liar), latecomers, random),
            troubleMs,
            silent,
            liar != null,
            seed),
        liar);
  }

  private static JobSpec job(long seed, int index, boolean mixed, SplittableRandom random) {
    String text = "toy job " + index + " of history " + seed;
    int slots = 1 + random.nextInt(12);
    return new JobSpec(
        new JobId(Digest.ofText(text).hex().substring(0, 16)),
        text,
        slots,
        (seed & 1) == 0 ? Grain.NONE : 1 + (int) (seed % slots),
        2 + random.nextInt(9),
        1 + random.nextInt(3),
        1 + random.nextInt(3),
        new LearningRate(0.1, 0.01, 2, 9),
        random.nextBoolean() ? 0 : 0.7,
        4,
        mixed,
        seed % 7 < 2 ? new SnapshotRule(1 + seed % 5, 2) : SnapshotRule.NONE,
        evaluation(seed),
        AuditRule.NONE);
  }

  /** In one history of three, and one of nine may end by it. */
  private static EvaluationRule evaluation(long seed) {
    if (seed % 3 != 1) {
      return EvaluationRule.NONE;
    }
    int stopAfter = seed % 9 == 1 ? 1 + (int) (seed / 9 % 3) : 0;
    return new EvaluationRule(seed / 3 % 4, 1 + (int) (seed / 12 % 11), stopAfter);
  }

  /** Drawn apart: one history of five is audited, and most of those wholly. */
  private static AuditRule audits(long seed) {
    SplittableRandom random = apart(seed, 3);
    boolean none = random.nextInt(5) > 0;
    return none ? AuditRule.NONE : new AuditRule(random.nextInt(3) == 0 ? 0.4 : 1);
  }

  /**
   * Where all slots are audited one device may lie: as long as it likes if two others of its class
   * stay that can tell, and for a moment if there is one other.
   */
  private static @Nullable Liar liar(long seed, boolean mixed, int founders, AuditRule audits) {
    SplittableRandom random = apart(seed, 4);
    List<Integer> comparable =
        IntStream.range(0, founders)
            .filter(index -> kernel(seed, mixed, audits, index) == 0)
            .boxed()
            .toList();
    if (audits.fraction() < 1 || comparable.size() < 2 || random.nextInt(4) == 0) {
      return null;
    }
    int index = comparable.get(random.nextInt(comparable.size()));
    long fromMs = 100L + random.nextInt(1500);
    boolean passes = comparable.size() == 2;
    double often = passes || random.nextBoolean() ? 1 : 0.3;
    return new Liar(index, fromMs, passes ? fromMs + 300 : Long.MAX_VALUE, often);
  }

  private static SplittableRandom apart(long seed, int which) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + which);
  }

  /** The kernel class of the device of the machine with this index, as a number. */
  private static int kernel(long seed, boolean mixed, AuditRule audits, int index) {
    if (mixed) {
      // Where all slots are audited there are two classes, so that some can be compared.
      return audits.fraction() == 1 ? index % 2 : index;
    }
    return index == 2 && hasAnOddDevice(seed) ? 1 : 0;
  }

  private static boolean hasAnOddDevice(long seed) {
    return seed % 3 == 0;
  }

  private static List<Fault.Kind> kinds(boolean gentle, boolean silent, @Nullable Liar liar) {
    return Arrays.stream(Fault.Kind.values())
        .filter(kind -> kind != Fault.Kind.JOIN && !kind.isOrdered())
        .filter(kind -> gentle ? !kind.isRough : !kind.losesState())
        .filter(kind -> liar == null || kind != Fault.Kind.LEAVE)
        .filter(kind -> silent ? kind.goesWithSilence() : !kind.isSilent())
        .toList();
  }

  private static List<Fault> faults(
      long troubleMs, List<Fault.Kind> kinds, int latecomers, SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    for (int late = 0; late < latecomers; late++) {
      long atMs = random.nextLong(troubleMs);
      faults.add(new Fault(faults.size(), Fault.Kind.JOIN, atMs, 0, late, 0));
    }
    for (long atMs = 50; atMs < troubleMs; atMs += 20 + random.nextInt(600)) {
      Fault.Kind kind = kinds.get(random.nextInt(kinds.size()));
      long forMs = random.nextInt(600);
      faults.add(
          new Fault(faults.size(), kind, atMs, forMs, random.nextInt(1000), random.nextInt(1000)));
    }
    return List.copyOf(faults);
  }

  /**
   * What people order besides, drawn apart: in one history of three, and seldom that the job stops.
   * An order changes the fence, so a history with silent faults has none. Where one device lies the
   * honest ones must not be ordered away: the job is paused instead.
   */
  private static List<Fault> withOrders(
      List<Fault> faults, long troubleMs, boolean silent, boolean lies, long seed) {
    SplittableRandom random = apart(seed, 2);
    List<Fault> all = new ArrayList<>(faults);
    int issuers = silent || random.nextInt(3) > 0 ? 0 : 1 + random.nextInt(3);
    for (int issuer = 0; issuer < issuers; issuer++) {
      Fault.Kind kind =
          switch (random.nextInt(10)) {
            case 0 -> Fault.Kind.CANCEL;
            case 1, 2, 3 -> Fault.Kind.SNAPSHOT;
            case 4, 5, 6 -> lies ? Fault.Kind.PAUSE : Fault.Kind.DRAIN;
            default -> Fault.Kind.PAUSE;
          };
      long atMs = 50 + random.nextLong(troubleMs);
      long forMs = random.nextInt(400);
      all.add(new Fault(all.size(), kind, atMs, forMs, random.nextInt(1000), 0));
    }
    // Drawn last: what else a seed gives stays what it was.
    int restores = silent ? 0 : Math.max(0, random.nextInt(8) - 5);
    for (int restore = 0; restore < restores; restore++) {
      long atMs = 150 + random.nextLong(troubleMs);
      all.add(new Fault(all.size(), Fault.Kind.RESTORE, atMs, 0, random.nextInt(1000), restore));
    }
    // A verdict that only the lost had heard of is lost, and then a lie counts rightly.
    int losses = silent || lies ? 0 : Math.max(0, random.nextInt(10) - 7);
    for (int loss = 0; loss < losses; loss++) {
      long atMs = 100 + random.nextLong(troubleMs);
      all.add(new Fault(all.size(), Fault.Kind.VOTERS_LOST, atMs, 0, random.nextInt(1000), loss));
    }
    return List.copyOf(all);
  }

  /** Whether a job that was cancelled is handed in once more. */
  boolean beginsAnew() {
    return seed % 4 < 2;
  }

  boolean mixed() {
    return mode == Mode.MIXED_CLASSES;
  }

  int founders() {
    return nodes - latecomers;
  }

  /** One device is of another class than the rest. */
  boolean hasAnOddDevice() {
    return !mixed() && hasAnOddDevice(seed);
  }

  /** The kernel class of the device of the machine with this index, as a number. */
  int kernel(int index) {
    return kernel(seed, mixed(), jobs.getFirst().audits(), index);
  }

  /** Whether a power cut costs what was written lately. */
  boolean syncsAtIntervals() {
    return seed % 5 == 0;
  }

  boolean isPoisoned(long step) {
    return poison.contains(step);
  }
}
