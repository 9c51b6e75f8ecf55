package dev.sampo.bench.shard;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.launcher.Bench;
import dev.sampo.launcher.CommandFailure;
import dev.sampo.parameter.StoreRefusedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sampo bench shard}: a parameter shard against this machine's memory and disk. */
@CommandLine.Command(
    name = "shard",
    description = "Measure a parameter shard: optimizer step, reduction, hash, store, recovery.",
    footerHeading = "%nExamples:%n",
    footer = {"  sampo bench shard", "  sampo bench shard --folder /data/tmp --json"})
public final class ShardBench implements Bench {
  private static final int PARTS = 4;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      description = "On the disk to be measured; 3 GB of room. Default: the working folder.")
  private Path folder = Path.of("");

  @Option(
      names = "--step-ms",
      paramLabel = "MILLISECONDS",
      defaultValue = "1000",
      description =
          "A step of the reference job java-small on this machine, against which store.sync is"
              + " weighed. Default: ${DEFAULT-VALUE}.")
  private double stepMs;

  @Option(names = "--json", description = "One JSON document instead of text.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public ShardBench() {}

  @Override
  public String example() {
    return "sampo bench shard";
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try {
      Path work = Files.createTempDirectory(folder.toAbsolutePath(), "bench-shard-");
      try {
        report(out, work);
      } finally {
        delete(work);
      }
      return CommandLine.ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure(
          "the bench needs a folder that it may write: folder="
              + folder.toAbsolutePath()
              + ", reason="
              + e.getMessage()
              + "; hint: name another one by --folder",
          e);
    } catch (StoreRefusedException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    } catch (Exception e) {
      throw new CommandFailure(
          "the bench computed something wrong: reason=" + e + "; hint: check this machine's memory",
          e);
    }
  }

  private void report(PrintWriter out, Path work) throws Exception {
    ObjectNode document = new ObjectMapper().createObjectNode();
    for (int cores : coreCounts()) {
      progress(document.size(), "memory on " + cores + (cores == 1 ? " core" : " cores"));
      MemoryRates.Rates rates = MemoryRates.measure(work.resolve("memory-" + cores), cores);
      memory(out, document, rates);
    }
    progress(PARTS - 2, "store.sync");
    sync(out, document, SyncCosts.measure(work.resolve("sync")));
    progress(PARTS - 1, "recovery of 1 GB");
    recovery(out, document, RecoveryTime.measure(work.resolve("recovery")));
    if (json) {
      out.println(document.toPrettyString());
    }
    out.flush();
  }

  private void memory(PrintWriter out, ObjectNode document, MemoryRates.Rates rates) {
    ObjectNode node = document.putObject("cores" + rates.cores());
    String title = rates.cores() == 1 ? "one core" : rates.cores() + " cores";
    text(out, "%s, GB/s read and written, and against a copy:%n", title);
    line(out, node, "copy", rates.copy(), rates);
    line(out, node, "optimizer step", rates.step(), rates);
    line(out, node, "optimizer step with hash", rates.hashedStep(), rates);
    line(out, node, "reduction", rates.add(), rates);
    line(out, node, "gradient examined", rates.examine(), rates);
    line(out, node, "hash from memory", rates.hash(), rates);
    line(out, node, "hash from the cache", rates.hashCached(), rates);
    line(out, node, "copy out for a replica", rates.copyOut(), rates);
    line(out, node, "copy in from a replica", rates.adopt(), rates);
  }

  private void line(
      PrintWriter out, ObjectNode node, String what, double rate, MemoryRates.Rates rates) {
    node.put(what.replace(' ', '-') + "-gb-s", round(rate));
    text(out, "  %-26s %6.1f  %5.2f%n", what, rate, rate / rates.copy());
  }

  private void sync(PrintWriter out, ObjectNode document, SyncCosts.Costs costs) {
    ObjectNode node = document.putObject("sync");
    node.put("reference-step-ms", stepMs);
    text(
        out,
        "store.sync, all shards of java-small (2.8 M parameters), of a step of %.0f ms:%n",
        stepMs);
    syncLine(out, node, "none", costs.none(), costs.none());
    syncLine(out, node, "interval", costs.interval(), costs.none());
    syncLine(out, node, "step", costs.step(), costs.none());
  }

  private void syncLine(PrintWriter out, ObjectNode node, String what, double ms, double none) {
    double percent = (ms - none) / stepMs * 100;
    node.put(what + "-ms", round(ms)).put(what + "-percent-of-step", round(percent));
    text(out, "  %-10s %8.2f ms a step, %+6.2f %% of it for the sync%n", what, ms, percent);
  }

  private void recovery(PrintWriter out, ObjectNode document, RecoveryTime.Recovered recovered) {
    ObjectNode node = document.putObject("recovery");
    node.put("side-bytes", recovered.sideBytes()).put("seconds", round(recovered.seconds()));
    text(
        out,
        "recovery from the local store: %.2f GB a version, both versions checked: %.2f s%n",
        recovered.sideBytes() * 1e-9,
        recovered.seconds());
  }

  private static List<Integer> coreCounts() {
    int all = Runtime.getRuntime().availableProcessors();
    return all == 1 ? List.of(1) : List.of(1, all);
  }

  private void progress(int part, String what) {
    PrintWriter err = spec.commandLine().getErr();
    err.printf(Locale.ROOT, "[%d/%d] %s%n", part + 1, PARTS, what);
    err.flush();
  }

  /** The annotation that the compiler asks for comes with a library that nothing else needs. */
  @SuppressWarnings("AnnotateFormatMethod")
  private void text(PrintWriter out, String format, Object... values) {
    if (!json) {
      out.printf(Locale.ROOT, format, values);
      out.flush();
    }
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> paths = Files.walk(folder)) {
      paths.sorted(Comparator.reverseOrder()).forEach(all::add);
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
