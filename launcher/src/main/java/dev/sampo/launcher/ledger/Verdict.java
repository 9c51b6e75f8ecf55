package dev.sampo.launcher.ledger;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The findings about a run. It passes only if every check was made and held; no check at all is
 * unknown.
 *
 * @param findings in the order in which they are shown
 */
public record Verdict(List<Finding> findings) {
  /** Copies the findings. */
  public Verdict {
    findings = List.copyOf(findings);
  }

  /** The worst of the findings. */
  public Outcome outcome() {
    return findings.stream()
        .map(Finding::outcome)
        .max(Comparator.naturalOrder())
        .orElse(Outcome.UNKNOWN);
  }

  /** Puts the outcome and all findings into a report. */
  public void addTo(ObjectNode report) {
    report.put("verdict", outcome().word());
    ArrayNode array = report.putArray("findings");
    for (Finding finding : findings) {
      array
          .addObject()
          .put("check", finding.check())
          .put("outcome", finding.outcome().word())
          .put("text", finding.text());
    }
  }

  /** A line a finding, and the outcome last. */
  public List<String> lines() {
    return Stream.concat(
            findings.stream()
                .map(
                    finding ->
                        "%-8s %s: %s"
                            .formatted(finding.outcome().word(), finding.check(), finding.text())),
            Stream.of("verdict: " + outcome().word()))
        .toList();
  }
}
