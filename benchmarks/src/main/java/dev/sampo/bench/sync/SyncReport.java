package dev.sampo.bench.sync;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What was measured.
 *
 * @param rounds of each side of a comparison
 * @param startSeconds from opening a plane to the first transfer that came
 * @param idleShare of a core, of a process that only waits, its peers in shared memory
 * @param idleShareUdp the same with all its peers over UDP
 * @param gloo whether there was a Python with PyTorch
 */
record SyncReport(
    Sizes sizes,
    int rounds,
    MemoryRates memory,
    List<Comparison> comparisons,
    double startSeconds,
    double idleShare,
    double idleShareUdp,
    boolean gloo) {

  String table() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%.1f MB of gradient pushed and as much of parameters pulled, by each of %d processes; %d rounds",
            sizes.bytes() / 1e6,
            Sizes.PROCESSES,
            rounds));
    lines.add(String.format("%-44s %10s %10s %8s", "", "median ms", "best ms", "speed"));
    for (Comparison pair : comparisons) {
      String speed = String.format(Locale.ROOT, "%.2f x", pair.ratio());
      lines.add(row(pair.ourName(), pair.ours(), speed));
      lines.add(row("  beside " + pair.theirName(), pair.theirs(), "1"));
    }
    if (!gloo) {
      lines.add(
          "gloo: not measured, as no Python with PyTorch was found; hint: run benchmarks/peers/make-venv, or name one with --python");
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "memory, one thread: copies %.1f GB/s, sums %.1f GB/s (%.2f of it), bytes read and written",
            memory.copyGbPerSecond(),
            memory.sumGbPerSecond(),
            memory.sumGbPerSecond() / memory.copyGbPerSecond()));
    lines.add(
        String.format(
            Locale.ROOT,
            "from opening a plane to its first transfer: %.0f ms",
            startSeconds * 1e3));
    lines.add(
        String.format(
            Locale.ROOT,
            "a process that only waits: %.1f %% of a core over shared memory, %.1f %% over UDP",
            idleShare * 100,
            idleShareUdp * 100));
    return String.join(System.lineSeparator(), lines);
  }

  private static String row(String name, List<Double> ms, String speed) {
    return String.format(
        Locale.ROOT, "%-44s %10.1f %10.1f %8s", name, Comparison.median(ms), ms.getFirst(), speed);
  }

  String json() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode document = mapper.createObjectNode();
    document.put("bytes", sizes.bytes()).put("processes", Sizes.PROCESSES).put("rounds", rounds);
    ArrayNode pairs = document.putArray("comparisons");
    for (Comparison pair : comparisons) {
      ObjectNode node = pairs.addObject();
      side(node.putObject("ours"), pair.ourName(), pair.ours());
      side(node.putObject("theirs"), pair.theirName(), pair.theirs());
      node.put("speed", pair.ratio());
    }
    document
        .putObject("memory")
        .put("copyGbPerSecond", memory.copyGbPerSecond())
        .put("sumGbPerSecond", memory.sumGbPerSecond());
    document
        .put("startSeconds", startSeconds)
        .put("idleShare", idleShare)
        .put("idleShareUdp", idleShareUdp)
        .put("gloo", gloo);
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report can be written as JSON", e);
    }
  }

  private static void side(ObjectNode node, String name, List<Double> ms) {
    node.put("name", name)
        .put("medianMs", Comparison.median(ms))
        .put("bestMs", ms.getFirst())
        .put("worstMs", ms.getLast());
  }
}
