package dev.sampo.launcher.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.simulation.Campaign;
import dev.sampo.simulation.Finding;
import dev.sampo.simulation.Simulation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a campaign has to tell.
 *
 * @param seed of the first history
 * @param jobs how many ran at once
 * @param seconds that all took
 */
record SimulationReport(long seed, int jobs, Campaign.Result result, double seconds) {

  /** One line while it runs. */
  static String progress(Campaign.Progress progress, long sinceNanos) {
    double seconds = Math.max(1e-3, sinceNanos / 1e9);
    double left = seconds / progress.done() * (progress.histories() - progress.done());
    return String.format(
        Locale.ROOT,
        "%,d of %,d histories (%d %%), %,.0f events/s, %.0f s left",
        progress.done(),
        progress.histories(),
        100 * progress.done() / progress.histories(),
        progress.events() / seconds,
        left);
  }

  /** For people, a line an element. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    result
        .taken()
        .counts()
        .forEach(
            (words, count) -> lines.add(String.format(Locale.ROOT, "%,13d  %s", count, words)));
    List<String> never = result.taken().never();
    lines.add(
        never.isEmpty()
            ? "every way through the protocol was taken"
            : "never taken, so not tested here: " + String.join("; ", never));
    result.findings().forEach(finding -> lines.addAll(finding.lines()));
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: histories=%d, seed=%d, events=%d, seconds=%.1f, jobs=%d, events/s=%.0f",
            result.passed() ? "every law held" : "laws were broken",
            result.histories(),
            seed,
            result.events(),
            seconds,
            jobs,
            result.events() / seconds));
    return lines;
  }

  /** For programs: one JSON document. */
  String json() {
    ObjectNode document = new ObjectMapper().createObjectNode();
    document.put("passed", result.passed());
    document.put("seed", seed);
    document.put("histories", result.histories());
    document.put("jobs", jobs);
    document.put("events", result.events());
    document.put("seconds", seconds);
    document.put("eventsPerSecond", result.events() / seconds);
    ObjectNode taken = document.putObject("taken");
    result.taken().counts().forEach(taken::put);
    ArrayNode never = document.putArray("never");
    result.taken().never().forEach(never::add);
    ArrayNode findings = document.putArray("findings");
    for (Finding finding : result.findings()) {
      ObjectNode node = findings.addObject();
      node.put("seed", finding.seed());
      node.put("law", finding.law());
      node.put("only", finding.shortest().only());
      node.put("replay", finding.shortest().replay());
    }
    return written(document);
  }

  static String json(Simulation.Outcome outcome) {
    ObjectNode document = new ObjectMapper().createObjectNode();
    document.put("passed", outcome.passed());
    document.put("seed", outcome.schedule().seed());
    document.put("only", outcome.schedule().only());
    document.put("events", outcome.events());
    document.put("violation", outcome.violation());
    return written(document);
  }

  private static String written(ObjectNode document) {
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }
}
