package dev.sampo.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.launcher.ledger.Verdict;
import dev.sampo.launcher.local.Trial;
import java.util.ArrayList;
import java.util.List;

/**
 * What came of a chaos run.
 *
 * @param run that was made
 * @param trial the disturbed half of it
 * @param verdict over both
 */
record ChaosReport(ChaosRun run, Trial trial, Verdict verdict) {

  /** For people, a line an element. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.addAll(verdict.lines());
    lines.add("replay: " + replay());
    return lines;
  }

  private String replay() {
    return "./sampo chaos run %s --seed %d".formatted(run.scenario().name(), run.seed());
  }

  /** For programs: one JSON document. */
  String json() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("scenario", run.scenario().name());
    root.put("seed", run.seed());
    root.put("replay", replay());
    root.put("job", run.job().spec().id().value());
    trial.addTo(root);
    verdict.addTo(root);
    return root.toPrettyString();
  }
}
