package dev.sampo.launcher.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.config.BatchConfig;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.ledger.Finding;
import dev.sampo.launcher.ledger.RunLedger;
import dev.sampo.launcher.ledger.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * All that a demonstration has to tell.
 *
 * @param seed of the kill moments
 * @param job that was trained
 * @param ledger of the disturbed run
 * @param faults that were brought about
 * @param verdict over it
 * @param appraisal of the model
 * @param seconds that the disturbed run took, from the first process to the last model
 */
record DemoReport(
    long seed,
    JobAtHand job,
    RunLedger ledger,
    List<Fault> faults,
    Verdict verdict,
    Appraisal appraisal,
    double seconds) {
  private static final int SAMPLE_LINES = 14;

  /** Micro-batches that the job needs. */
  private long needed() {
    BatchConfig batch = job.job().recipe().batch();
    return job.spec().steps() * batch.slots() * batch.accumulation();
  }

  private long computed() {
    return ledger.computedSlots() * job.job().recipe().batch().accumulation();
  }

  private String sha256() {
    return ledger.exports().values().stream()
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
            .formatted(ledger.version(), seconds, needed(), Math.max(0, computed() - needed())));
    for (Fault fault : faults) {
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
    var recovery = ledger.recoveryMs(fault);
    return recovery.isPresent()
        ? String.format(
            Locale.ROOT, "%.1f s without a committed step", recovery.getAsLong() / 1000.0)
        : "no step was committed afterwards";
  }

  /** For programs: one JSON document. */
  String json() {
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode root = mapper.createObjectNode();
    root.put("seed", seed);
    root.put("job", job.spec().id().value());
    root.put("steps", job.spec().steps());
    root.put("committed", ledger.version());
    root.put("seconds", seconds);
    root.put("sha256", sha256());
    root.put("verdict", verdict.outcome().word());
    ArrayNode findings = root.putArray("findings");
    for (Finding finding : verdict.findings()) {
      findings
          .addObject()
          .put("check", finding.check())
          .put("outcome", finding.outcome().word())
          .put("text", finding.text());
    }
    putFaults(root.putArray("faults"));
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
    ledger.lossCurve().values().forEach(curve::add);
    try {
      return mapper.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  private void putFaults(ArrayNode array) {
    for (Fault fault : faults) {
      ObjectNode entry = array.addObject();
      entry.put("kind", fault.kind().name().toLowerCase(Locale.ROOT));
      fault.nodes().forEach(entry.putArray("nodes")::add);
      ledger.recoveryMs(fault).ifPresent(ms -> entry.put("recoveryMs", ms));
      ledger.reactions(fault).forEach(entry.putArray("reactions")::add);
    }
  }
}
