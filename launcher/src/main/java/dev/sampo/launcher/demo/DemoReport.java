package dev.sampo.launcher.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.config.BatchConfig;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.ledger.RunLedger;
import dev.sampo.launcher.ledger.Verdict;
import dev.sampo.launcher.local.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * All that a demonstration has to tell.
 *
 * @param seed of the kill moments
 * @param job that was trained
 * @param trial that was made of it
 * @param verdict over it
 * @param appraisal of the model
 */
record DemoReport(long seed, JobAtHand job, Trial trial, Verdict verdict, Appraisal appraisal) {
  private static final int SAMPLE_LINES = 14;

  /** Micro-batches that the job needs. */
  private long needed() {
    BatchConfig batch = job.job().recipe().batch();
    return job.spec().steps() * batch.slots() * batch.accumulation();
  }

  private long computed() {
    return trial.ledger().computedSlots() * job.job().recipe().batch().accumulation();
  }

  private String sha256() {
    return trial.ledger().exports().values().stream()
        .findFirst()
        .map(RunLedger.Export::sha256)
        .orElse("none");
  }

  /** For people, a line an element. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(
        "%d steps committed in %.0f s; micro-batches: %d needed, %d recomputed"
            .formatted(
                trial.ledger().version(),
                trial.seconds(),
                needed(),
                Math.max(0, computed() - needed())));
    for (Fault fault : trial.faults()) {
      lines.add("%s: %s".formatted(fault.words(), recovery(fault)));
    }
    StringBuilder losses =
        new StringBuilder("validation loss %.3f nats a byte".formatted(appraisal.validationLoss()));
    for (int n = 1; n <= appraisal.baselines().size(); n++) {
      losses.append(n == 1 ? "; n-grams: " : ", ");
      losses.append("n=%d %.3f".formatted(n, appraisal.baselines().get(n - 1)));
    }
    lines.add(losses.toString());
    lines.add("");
    lines.add("it writes:");
    appraisal.sample().lines().limit(SAMPLE_LINES).forEach(line -> lines.add("  | " + line));
    lines.add("");
    lines.addAll(verdict.lines());
    lines.add("sha256 of the parameters: " + sha256());
    return lines;
  }

  private String recovery(Fault fault) {
    var recovery = trial.ledger().recoveryMs(fault);
    return recovery.isPresent()
        ? String.format(
            Locale.ROOT, "%.1f s without a committed step", recovery.getAsLong() / 1000.0)
        : "no step was committed afterwards";
  }

  /** For programs: one JSON document. */
  String json() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("seed", seed);
    root.put("job", job.spec().id().value());
    trial.addTo(root);
    root.put("sha256", sha256());
    verdict.addTo(root);
    root.putObject("microBatches")
        .put("needed", needed())
        .put("computed", computed())
        .put("recomputed", Math.max(0, computed() - needed()));
    ObjectNode validation = root.putObject("validation");
    validation.put("loss", appraisal.validationLoss());
    ArrayNode baselines = validation.putArray("nGrams");
    appraisal.baselines().forEach(baselines::add);
    root.put("sample", appraisal.sample());
    ArrayNode curve = root.putArray("losses");
    trial.ledger().lossCurve().values().forEach(curve::add);
    return root.toPrettyString();
  }
}
