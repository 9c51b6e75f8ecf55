package dev.sampo.bench.compute;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.sampo.bench.compute.Kernels.Kernel;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.launcher.Bench;
import dev.sampo.launcher.CommandFailure;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sampo bench kernels}: each kernel of a training step alone, under JMH. */
@CommandLine.Command(
    name = "kernels",
    description = {
      "Run each kernel of a training step under JMH, in a process of its own, at the shapes of the",
      "reference job of 'sampo bench compute', in f32 and in bf16: GFLOP/s or GB/s, and the share of",
      "what this machine's multipliers and memory give in the same run. A kernel that the caches",
      "help can come to more than 1. All of it takes ten minutes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo bench kernels --filter 'attention.*'",
      "  sampo bench kernels --precision bf16 --json"
    })
public final class KernelsBench implements Bench {
  /** Of a second each: with a fifth of that a busy machine was still interpreting. */
  private static final int WARM_UPS = 3;

  private @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--filter", paramLabel = "REGEX", description = "Only kernels with such a name.")
  private String filter = ".*";

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      description = "f32 or bf16 only; default: both.")
  private List<String> precisions = List.of("f32", "bf16");

  @Option(names = "--json", description = "One JSON document instead of tables.")
  private boolean json;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "Threads of the device (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--iterations",
      defaultValue = "5",
      description = "Measured iterations of a kernel (default: ${DEFAULT-VALUE}).")
  private int iterations;

  @Option(
      names = "--millis",
      defaultValue = "1000",
      description = "Time of an iteration (default: ${DEFAULT-VALUE}).")
  private int millis;

  /** For {@link java.util.ServiceLoader}. */
  public KernelsBench() {}

  @Override
  public String example() {
    return "sampo bench kernels --filter 'attention.*'";
  }

  @Override
  public Integer call() {
    if (threads < 1 || threads > CpuDevice.MAX_THREADS || iterations < 1 || millis < 1) {
      throw refused(
          "threads, iterations and millis are positive: threads=%d, iterations=%d, millis=%d"
              .formatted(threads, iterations, millis));
    }
    List<Precision> wanted = precisions.stream().map(this::precision).toList();
    report(measure("reference", wanted, 1), spec.commandLine().getOut());
    return CommandLine.ExitCode.OK;
  }

  private ParameterException refused(String rule) {
    return new ParameterException(spec.commandLine(), rule);
  }

  private Precision precision(String word) {
    for (Precision precision : Precision.values()) {
      if (precision.word().equals(word)) {
        return precision;
      }
    }
    throw refused("precisions are f32 and bf16: precision=" + word);
  }

  private Predicate<String> chosen() {
    try {
      return Pattern.compile(filter).asPredicate();
    } catch (PatternSyntaxException e) {
      throw refused(
          "a filter is a regular expression: filter=%s, reason=%s"
              .formatted(filter, e.getDescription()));
    }
  }

  /**
   * One kernel.
   *
   * @param seconds of a call, JMH's mean
   * @param error half of JMH's 99.9 % interval, in seconds; NaN of a single iteration
   */
  record Measured(Precision precision, Kernel kernel, double seconds, double error) {

    double flopsPerSecond() {
      return kernel.flops() / seconds;
    }

    double bytesPerSecond() {
      return kernel.bytes() / seconds;
    }

    /** Of the time that the slower of arithmetic and memory would take at the machine's rates. */
    double share(double machineFlops, double machineBytes) {
      return Math.max(flopsPerSecond() / machineFlops, bytesPerSecond() / machineBytes);
    }
  }

  /**
   * Runs all chosen kernels.
   *
   * @param forks processes for each kernel; 0 runs all in this one
   */
  List<Measured> measure(String job, List<Precision> wanted, int forks) {
    List<Measured> all = new ArrayList<>();
    for (Precision precision : wanted) {
      try (CpuDevice device = CpuDevice.open(1, precision)) {
        Predicate<String> chosen = chosen();
        List<Kernel> kernels =
            KernelBenchmark.kernels(KernelBenchmark.size(job), device).stream()
                .filter(kernel -> isMachine(kernel) || chosen.test(kernel.name()))
                .toList();
        if (kernels.stream().allMatch(KernelsBench::isMachine)) {
          throw refused("no kernel has such a name: filter=" + filter);
        }
        for (RunResult result : run(job, precision, kernels, forks)) {
          String name = result.getParams().getParam("kernel");
          Kernel kernel =
              kernels.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
          var score = result.getPrimaryResult();
          all.add(
              new Measured(
                  precision, kernel, score.getScore() * 1e-9, score.getScoreError() * 1e-9));
        }
      }
    }
    return all;
  }

  private static boolean isMachine(Kernel kernel) {
    return kernel.name().startsWith("machine: ");
  }

  private Iterable<RunResult> run(
      String job, Precision precision, List<Kernel> kernels, int forks) {
    // Its lock is a file that nobody removes.
    System.setProperty("jmh.ignoreLock", "true");
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(KernelBenchmark.class.getName()) + "\\.")
            .param("kernel", kernels.stream().map(Kernel::name).toArray(String[]::new))
            .param("precision", precision.word())
            .param("threads", String.valueOf(threads))
            .param("job", job)
            .forks(forks)
            .warmupIterations(WARM_UPS)
            .warmupTime(TimeValue.milliseconds(millis))
            .measurementIterations(iterations)
            .measurementTime(TimeValue.milliseconds(millis))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    try {
      return new Runner(options.build()).run();
    } catch (RunnerException e) {
      throw new CommandFailure(
          "a kernel could not be measured: reason=%s; hint: run mvn -pl gpu-bridge verify"
              .formatted(e.getMessage()),
          e);
    }
  }

  void report(List<Measured> all, PrintWriter out) {
    if (json) {
      printJson(all, out);
    } else {
      printText(all, out);
    }
  }

  private static double machineFlops(List<Measured> all, Precision precision) {
    return machine(all, precision, KernelBenchmark.PRODUCT_RATE).flopsPerSecond();
  }

  private static double machineBytes(List<Measured> all, Precision precision) {
    return machine(all, precision, KernelBenchmark.MEMORY_RATE).bytesPerSecond();
  }

  private static Measured machine(List<Measured> all, Precision precision, String name) {
    return all.stream()
        .filter(one -> one.precision() == precision && one.kernel().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void printText(List<Measured> all, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%-4s  %-28s %12s %8s %9s %8s %6s%n",
        "",
        "kernel",
        "us a call",
        "+- us",
        "GFLOP/s",
        "GB/s",
        "share");
    for (Measured one : all) {
      double share =
          one.share(machineFlops(all, one.precision()), machineBytes(all, one.precision()));
      String flops =
          one.kernel().flops() == 0
              ? ""
              : String.format(Locale.ROOT, "%.1f", one.flopsPerSecond() / 1e9);
      out.printf(
          Locale.ROOT,
          "%-4s  %-28s %12.1f %8.1f %9s %8.1f %6.2f%n",
          one.precision().word(),
          one.kernel().name(),
          one.seconds() * 1e6,
          one.error() * 1e6,
          flops,
          one.bytesPerSecond() / 1e9,
          share);
    }
  }

  private static void printJson(List<Measured> all, PrintWriter out) {
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode kernels = mapper.createArrayNode();
    for (Measured one : all) {
      kernels
          .addObject()
          .put("kernel", one.kernel().name())
          .put("precision", one.precision().word())
          .put("seconds", one.seconds())
          .put("flopsPerSecond", one.flopsPerSecond())
          .put("bytesPerSecond", one.bytesPerSecond())
          .put(
              "share",
              one.share(machineFlops(all, one.precision()), machineBytes(all, one.precision())));
    }
    try {
      out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(kernels));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of numbers is JSON", e);
    }
  }
}
