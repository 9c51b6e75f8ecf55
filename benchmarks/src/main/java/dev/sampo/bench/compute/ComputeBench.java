package dev.sampo.bench.compute;

import dev.sampo.bench.compute.ReferenceJob.Size;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.launcher.Bench;
import dev.sampo.launcher.CommandFailure;
import dev.sampo.model.gpt.GptShape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sampo bench compute}: how fast this machine trains, and how much faster it could. */
@CommandLine.Command(
    name = "compute",
    description = {
      "Train the reference job (6 layers of width 384, context 256, 12 sequences a step) on this",
      "machine's processors in f32 and in bf16, next to what its matrix products reach alone; and",
      "let a model of GPT-2's size write, next to what memory allows. With --peer all of it next to",
      "PyTorch, in turns."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo bench compute",
      "  sampo bench compute --precision f32",
      "  sampo bench compute --peer --json"
    })
public final class ComputeBench implements Bench {
  private static final int IDLE_STEPS = 1;

  /** Tokens of a turn for each step of one. */
  private static final int TOKENS_PER_STEP = 8;

  private @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--peer",
      description = "Compare with PyTorch, installed on first use (some gigabytes).")
  private boolean peer;

  @Option(names = "--json", description = "One JSON document instead of tables.")
  private boolean json;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "Threads of each side (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Rounds, each side taking its turn in each (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--steps",
      defaultValue = "5",
      description = "Steps of a turn (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--precision",
      split = ",",
      defaultValue = "F32,BF16",
      description = {
        "f32, bf16 or both (default: ${DEFAULT-VALUE}). Where the processor has no bf16 products,",
        "bf16 takes many times as long, PyTorch too."
      })
  private Set<Precision> precisions = Set.of();

  /** For {@link java.util.ServiceLoader}. */
  public ComputeBench() {}

  @Override
  public String example() {
    return "sampo bench compute --peer";
  }

  @Override
  public Integer call() {
    if (threads < 1 || threads > CpuDevice.MAX_THREADS || rounds < 1 || steps < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "threads, rounds and steps are positive: threads=%d, rounds=%d, steps=%d"
              .formatted(threads, rounds, steps));
    }
    Report report = measure(Size.REFERENCE, Decoding.GPT2);
    if (json) {
      report.printJson(spec.commandLine().getOut());
    } else {
      report.printText(spec.commandLine().getOut());
    }
    return CommandLine.ExitCode.OK;
  }

  Report measure(Size size, GptShape writer) {
    Map<Precision, CpuDevice> devices = new LinkedHashMap<>();
    try (Peer other = peer ? Peer.start(root(), size, writer, threads) : null) {
      for (Precision precision : precisions) {
        devices.put(precision, CpuDevice.open(threads, precision));
      }
      return measure(size, writer, devices, other);
    } finally {
      devices.values().forEach(CpuDevice::close);
    }
  }

  private Report measure(
      Size size, GptShape writer, Map<Precision, CpuDevice> devices, @Nullable Peer other) {
    List<Report.Section> sections = new ArrayList<>();
    devices.forEach(
        (precision, device) -> {
          ReferenceJob job = new ReferenceJob(size, device);
          float first = lossOfOneStep(job);
          Contestant ours = new Contestant("sampo " + precision.word(), count -> steps(job, count));
          List<Contestant> peers = new ArrayList<>();
          if (other != null) {
            for (String kind : List.of("eager-", "compiled-")) {
              String mode = kind + precision.word();
              peers.add(new Contestant(mode, count -> other.run(mode, count)));
            }
          }
          WarmUp.run(() -> steps(job, steps));
          for (int round = 0; round < rounds; round++) {
            ours.run(IDLE_STEPS, steps);
            peers.forEach(contestant -> contestant.run(IDLE_STEPS, steps));
          }
          checkLearning(first, job.loss());
          sections.add(
              new Report.Section(
                  device.facts(),
                  ours,
                  List.copyOf(peers),
                  Kernels.time(size, device),
                  Kernels.bandwidth(device),
                  writing(writer, device, other)));
        });
    return new Report(size, other == null ? "" : other.name(), List.copyOf(sections));
  }

  private Report.Writing writing(GptShape shape, CpuDevice device, @Nullable Peer other) {
    int tokens = TOKENS_PER_STEP * steps;
    Decoding decoding = new Decoding(shape, device, tokens);
    String precision = device.precision().word();
    Contestant ours = new Contestant("sampo writes " + precision, decoding::write);
    List<Contestant> peers = new ArrayList<>();
    if (other != null) {
      String mode = "write-" + precision;
      peers.add(new Contestant(mode, count -> other.run(mode, count)));
    }
    WarmUp.run(() -> decoding.write(tokens));
    for (int round = 0; round < rounds; round++) {
      ours.run(IDLE_STEPS, tokens);
      peers.forEach(contestant -> contestant.run(IDLE_STEPS, tokens));
    }
    return new Report.Writing(
        ours, List.copyOf(peers), decoding.bytesPerToken(), ReadRate.measure(threads));
  }

  private static float lossOfOneStep(ReferenceJob job) {
    job.step();
    return job.loss();
  }

  private static List<Double> steps(ReferenceJob job, int count) {
    List<Double> seconds = new ArrayList<>();
    for (int step = 0; step < count; step++) {
      seconds.add(job.step());
    }
    return seconds;
  }

  /** What is fast and wrong is no result. */
  private static void checkLearning(float first, float last) {
    if (!(last < first)) {
      throw new CommandFailure(
          "the reference job does not learn its batch: firstLoss=%s, lastLoss=%s; hint: run mvn -pl gpu-bridge,model verify"
              .formatted(first, last));
    }
  }

  private static Path root() {
    String root = System.getProperty("sampo.root");
    if (root == null) {
      throw new CommandFailure("the peer is found from the repository; hint: use ./sampo");
    }
    return Path.of(root);
  }
}
