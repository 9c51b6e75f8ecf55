package dev.sampo.bench.sync;

import dev.sampo.gradient.Route;
import dev.sampo.launcher.Bench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sampo bench sync}: how fast tensors travel. */
@CommandLine.Command(
    name = "sync",
    description = {
      "Measure the tensor plane: 3 processes on this machine push a gradient to the owners of its"
          + " shards, which sum it, and pull what they make of it.",
      "Beside it, in turns: Gloo's all-reduce (where benchmarks/peers/make-venv has made a Python"
          + " with PyTorch), Aeron alone on the same way, and plain copying."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  sampo bench sync", "  sampo bench sync --megabytes 400 --rounds 10 --json"})
public final class SyncBench implements Bench {
  private static final int IDLE_SECONDS = 3;
  private static final String VENV_PYTHON = "runs/peers-venv/bin/python";
  private static final String GLOO = "benchmarks/peers/gloo_all_reduce.py";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--json", description = "One JSON document instead of a table.")
  private boolean json;

  @Option(
      names = "--megabytes",
      defaultValue = "40",
      description = "Length of the gradient, in 10^6 bytes; ${DEFAULT-VALUE} if not given.")
  private int megabytes;

  @Option(
      names = "--turns",
      defaultValue = "4",
      description = "Turns of each side; ${DEFAULT-VALUE} if not given.")
  private int turns;

  @Option(
      names = "--rounds",
      defaultValue = "20",
      description = "Rounds of a turn; ${DEFAULT-VALUE} if not given.")
  private int rounds;

  @Option(
      names = "--python",
      paramLabel = "FILE",
      description = "A Python with PyTorch; runs/peers-venv/bin/python if not given.")
  private @Nullable Path python;

  /** For {@link java.util.ServiceLoader}. */
  public SyncBench() {}

  @Override
  public String example() {
    return "sampo bench sync";
  }

  @Override
  public Integer call() {
    Sizes sizes = new Sizes(megabytes * 1_000_000L);
    SyncReport report = measure(sizes);
    spec.commandLine().getOut().println(json ? report.json() : report.table());
    return CommandLine.ExitCode.OK;
  }

  private SyncReport measure(Sizes sizes) {
    tell("memory");
    MemoryRates memory = MemoryRates.measure(sizes.bytes());
    List<Comparison> comparisons = new ArrayList<>();
    double startSeconds;
    double idleShare;
    double idleShareUdp;
    tell("shared memory, beside Aeron alone");
    try (Side.JvmSide ours = plane("sampo, shared memory", Route.SHARED_MEMORY, sizes);
        Side raw = aeron("aeron alone, shared memory", Route.SHARED_MEMORY, sizes)) {
      comparisons.add(Comparison.of(ours, raw, turns, rounds));
    }
    tell("the network's way, beside Aeron alone");
    try (Side.JvmSide ours = plane("sampo, UDP", Route.NETWORK, sizes);
        Side raw = aeron("aeron alone, UDP", Route.NETWORK, sizes)) {
      comparisons.add(Comparison.of(ours, raw, turns, rounds));
      tell("rest, over the network's way");
      idleShareUdp = idleShare(ours);
    }
    Optional<Path> gloo = pythonWithTorch();
    tell(gloo.isPresent() ? "shared memory, beside Gloo" : "start");
    try (Side.JvmSide ours = plane("sampo, shared memory", Route.SHARED_MEMORY, sizes)) {
      startSeconds = ours.startSeconds();
      if (gloo.isPresent()) {
        try (Side theirs = Side.gloo(gloo.get(), root().resolve(GLOO), sizes, rounds)) {
          comparisons.add(Comparison.of(ours, theirs, turns, rounds));
        }
      }
      tell("rest, over shared memory");
      idleShare = idleShare(ours);
    }
    return new SyncReport(
        sizes,
        turns * rounds,
        memory,
        comparisons,
        startSeconds,
        idleShare,
        idleShareUdp,
        gloo.isPresent());
  }

  /** The second of two rests: the first also pays for what the rounds before it left to do. */
  private static double idleShare(Side.JvmSide ours) {
    ours.idleShare(IDLE_SECONDS);
    return ours.idleShare(IDLE_SECONDS);
  }

  private void tell(String what) {
    spec.commandLine().getErr().println("measuring: " + what);
  }

  private static Side.JvmSide plane(String name, Route route, Sizes sizes) {
    return Side.jvm(name, SyncProcess.Side.PLANE, route, sizes);
  }

  private static Side aeron(String name, Route route, Sizes sizes) {
    return Side.jvm(name, SyncProcess.Side.AERON, route, sizes);
  }

  private Optional<Path> pythonWithTorch() {
    Path chosen = python != null ? python : root().resolve(VENV_PYTHON);
    return Files.isExecutable(chosen) && Files.exists(root().resolve(GLOO))
        ? Optional.of(chosen)
        : Optional.empty();
  }

  private static Path root() {
    return Path.of(System.getProperty("sampo.root", "."));
  }
}
