package dev.sampo.bench.compute;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.bench.compute.Kernels.Timed;
import dev.sampo.bench.compute.ReferenceJob.Size;
import dev.sampo.device.DeviceFacts;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * What was measured, as tables and as JSON.
 *
 * @param peer what the peer calls itself; empty without one
 */
record Report(Size size, String peer, List<Section> sections) {
  /**
   * One precision.
   *
   * @param bandwidth bytes a second of the machine's memory
   * @param writing what it does token by token
   */
  record Section(
      DeviceFacts device,
      Contestant ours,
      List<Contestant> peers,
      List<Timed> kernels,
      double bandwidth,
      Writing writing) {

    /** Of the model's matrix products alone, each at its own shape: flops over time. */
    double productRate() {
      double flops = 0;
      double seconds = 0;
      for (Timed kernel : kernels) {
        if (isProduct(kernel)) {
          flops += kernel.calls() * kernel.flops();
          seconds += kernel.calls() * kernel.seconds();
        }
      }
      return flops / seconds;
    }

    /** Of the fastest of these products. */
    double bestRate() {
      return kernels.stream()
          .filter(Section::isProduct)
          .mapToDouble(kernel -> kernel.flops() / kernel.seconds())
          .max()
          .orElseThrow();
    }

    private static boolean isProduct(Timed kernel) {
      return kernel.flops() > 0 && !kernel.name().startsWith("attention");
    }
  }

  /**
   * A model that writes.
   *
   * @param bytesPerToken of weights
   * @param readRate bytes a second that the machine's memory gives
   */
  record Writing(Contestant ours, List<Contestant> peers, double bytesPerToken, double readRate) {

    static double tokensPerSecond(Contestant contestant) {
      return 1 / contestant.medianSeconds();
    }

    /** Tokens a second if nothing but the weights' way from memory took time. */
    double bound() {
      return readRate / bytesPerToken;
    }

    double share() {
      return tokensPerSecond(ours) / bound();
    }

    void printText(PrintWriter out, String peer) {
      out.printf(
          Locale.ROOT,
          "  %-16s %8.1f tokens/s  %.2f of what memory allows (%.1f: %.0f MB a token at %.1f GB/s)%n",
          ours.name(),
          tokensPerSecond(ours),
          share(),
          bound(),
          bytesPerToken / 1e6,
          readRate / 1e9);
      for (Contestant other : peers) {
        double theirs = tokensPerSecond(other);
        out.printf(
            Locale.ROOT,
            "  %-16s %8.1f tokens/s  sampo is %.2f times as fast (%s)%n",
            other.name(),
            theirs,
            tokensPerSecond(ours) / theirs,
            peer);
      }
    }

    void write(ObjectNode node) {
      node.put("tokensPerSecond", tokensPerSecond(ours));
      node.put("bytesPerToken", bytesPerToken);
      node.put("readBytesPerSecond", readRate);
      node.put("boundTokensPerSecond", bound());
      node.put("share", share());
      ObjectNode others = node.putObject("peers");
      for (Contestant other : peers) {
        others.put(other.name(), tokensPerSecond(other));
      }
    }
  }

  private double tokensPerSecond(Contestant contestant) {
    return size.tokens() / contestant.medianSeconds();
  }

  private double flopsPerSecond(Section section) {
    return tokensPerSecond(section.ours()) * size.flopsPerToken();
  }

  void printText(PrintWriter out) {
    for (Section section : sections) {
      DeviceFacts device = section.device();
      out.printf(
          Locale.ROOT,
          "%s: %s, %d threads, products by %s%n",
          device.name(),
          device.model(),
          device.threads(),
          device.products());
      double ours = tokensPerSecond(section.ours());
      out.printf(
          Locale.ROOT,
          "  %-16s %8.0f tokens/s  %6.1f GFLOP/s, %.2f of its products alone (%.1f; fastest %.1f)%n",
          section.ours().name(),
          ours,
          flopsPerSecond(section) / 1e9,
          flopsPerSecond(section) / section.productRate(),
          section.productRate() / 1e9,
          section.bestRate() / 1e9);
      for (Contestant other : section.peers()) {
        double theirs = tokensPerSecond(other);
        out.printf(
            Locale.ROOT,
            "  %-16s %8.0f tokens/s  sampo is %.2f times as fast (%s)%n",
            other.name(),
            theirs,
            ours / theirs,
            peer);
      }
      section.writing().printText(out, peer);
      printKernels(out, section);
    }
  }

  private static void printKernels(PrintWriter out, Section section) {
    out.printf(
        Locale.ROOT,
        "  %-28s %6s %9s %9s %9s   (memory %.1f GB/s)%n",
        "kernel, alone",
        "calls",
        "ms a step",
        "bound ms",
        "GFLOP/s",
        section.bandwidth() / 1e9);
    double total = 0;
    double bounds = 0;
    for (Timed kernel : section.kernels()) {
      double bound = kernel.boundMs(section.bestRate(), section.bandwidth());
      total += kernel.stepMs();
      bounds += bound;
      String rate =
          kernel.flops() == 0
              ? ""
              : String.format(Locale.ROOT, "%.1f", kernel.flops() / kernel.seconds() / 1e9);
      out.printf(
          Locale.ROOT,
          "  %-28s %6d %9.2f %9.2f %9s%n",
          kernel.name(),
          kernel.calls(),
          kernel.stepMs(),
          bound,
          rate);
    }
    out.printf(
        Locale.ROOT,
        "  %-28s %6s %9.2f %9.2f   (a step: %.2f)%n",
        "all",
        "",
        total,
        bounds,
        section.ours().medianSeconds() * 1e3);
  }

  void printJson(PrintWriter out) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("tokensPerStep", size.tokens());
    root.put("flopsPerToken", size.flopsPerToken());
    root.put("peer", peer);
    ArrayNode all = root.putArray("devices");
    for (Section section : sections) {
      ObjectNode node = all.addObject();
      node.put("device", section.device().name());
      node.put("model", section.device().model());
      node.put("threads", section.device().threads());
      node.put("products", section.device().products());
      node.put("tokensPerSecond", tokensPerSecond(section.ours()));
      node.put("flopsPerSecond", flopsPerSecond(section));
      node.put("productFlopsPerSecond", section.productRate());
      node.put("share", flopsPerSecond(section) / section.productRate());
      node.put("memoryBytesPerSecond", section.bandwidth());
      ObjectNode peers = node.putObject("peers");
      for (Contestant other : section.peers()) {
        peers.put(other.name(), tokensPerSecond(other));
      }
      section.writing().write(node.putObject("writing"));
      ArrayNode kernels = node.putArray("kernels");
      for (Timed kernel : section.kernels()) {
        kernels
            .addObject()
            .put("name", kernel.name())
            .put("calls", kernel.calls())
            .put("stepMs", kernel.stepMs())
            .put("boundMs", kernel.boundMs(section.bestRate(), section.bandwidth()))
            .put("flops", kernel.flops());
      }
    }
    try {
      out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of numbers is JSON", e);
    }
  }
}
