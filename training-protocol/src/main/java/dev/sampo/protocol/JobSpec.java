package dev.sampo.protocol;

import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.Grain;
import java.util.BitSet;
import java.util.Objects;

/**
 * What the protocol must know of a job; everything else is in its canonical text, which nodes parse
 * for themselves. The whole history is a pure function of this.
 *
 * @param text the job's canonical text, whose SHA-256 gives the id
 * @param slots S, the slots of every step
 * @param grainSlots the slots of the tree nodes whose gradients are rounded to bf16, 0 for none
 * @param steps versions 0..steps exist
 * @param shards the number of parameter shards
 * @param replicas R, the copies of each shard that are wanted
 * @param clipNorm the largest global gradient norm, 0 for no clipping
 * @param maxSkippedSteps non-finite steps in a row after which the job stops
 * @param snapshots when the job leaves snapshots, which is no part of its identity
 * @param evaluation when its versions are evaluated on held-out text, no part of its identity
 *     either
 * @param mixedClasses whether devices of several kernel classes may compute (not bit-reproducible)
 * @param audits how many slots are computed twice, which is no part of its identity
 */
public record JobSpec(
    JobId id,
    String text,
    int slots,
    int grainSlots,
    long steps,
    int shards,
    int replicas,
    LearningRate learningRate,
    double clipNorm,
    int maxSkippedSteps,
    boolean mixedClasses,
    SnapshotRule snapshots,
    EvaluationRule evaluation,
    AuditRule audits) {
  public JobSpec {
    snapshots = Objects.requireNonNullElse(snapshots, SnapshotRule.NONE);
    evaluation = Objects.requireNonNullElse(evaluation, EvaluationRule.NONE);
    audits = Objects.requireNonNullElse(audits, AuditRule.NONE);
    if (slots < 1
        || grainSlots < 0
        || grainSlots > slots
        || steps < 1
        || shards < 1
        || replicas < 1
        || clipNorm < 0) {
      throw new IllegalArgumentException(
          "a job needs slots, steps, shards and replicas of at least 1, and a grain within the"
              + " slots: slots="
              + slots
              + ", grainSlots="
              + grainSlots
              + ", steps="
              + steps
              + ", shards="
              + shards
              + ", replicas="
              + replicas
              + ", clipNorm="
              + clipNorm);
    }
  }

  /** The tree on which the gradients of a step are added, and where they are rounded. */
  public Grain grain() {
    return new Grain(new CanonicalTree(slots), grainSlots);
  }

  /** The same job, which leaves snapshots by that rule. */
  public JobSpec withSnapshots(SnapshotRule rule) {
    return with(rule, evaluation, audits);
  }

  /** The same job, evaluated by that rule. */
  public JobSpec withEvaluation(EvaluationRule rule) {
    return with(snapshots, rule, audits);
  }

  /** The same job, audited by that rule. */
  public JobSpec withAudits(AuditRule rule) {
    return with(snapshots, evaluation, rule);
  }

  private JobSpec with(SnapshotRule leaves, EvaluationRule evaluates, AuditRule compares) {
    return new JobSpec(
        id,
        text,
        slots,
        grainSlots,
        steps,
        shards,
        replicas,
        learningRate,
        clipNorm,
        maxSkippedSteps,
        mixedClasses,
        leaves,
        evaluates,
        compares);
  }

  /** The slots of a step that are computed twice; the caller's. */
  public BitSet audited(long step) {
    return audits.slots(id, step, slots);
  }

  /** min(1, clipNorm / norm): by what the gradient of a step is multiplied. */
  public double clipScale(double norm) {
    return clipNorm == 0 || norm <= clipNorm ? 1.0 : clipNorm / norm;
  }
}
