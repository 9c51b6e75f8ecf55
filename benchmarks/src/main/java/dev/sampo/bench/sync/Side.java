package dev.sampo.bench.sync;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sampo.gradient.Route;
import dev.sampo.launcher.local.SampoJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** One side of a comparison, in its three processes. */
interface Side extends AutoCloseable {
  /** What people call it. */
  String name();

  /** Seconds of each round, as the first process measured them. */
  List<Double> rounds(int rounds);

  @Override
  void close();

  /** Ours, or Aeron alone: JVMs with this one's flags and class path. */
  static JvmSide jvm(String name, SyncProcess.Side side, Route route, Sizes sizes) {
    return new JvmSide(name, side, route, sizes);
  }

  /** Gloo, in Python. */
  static GlooSide gloo(Path python, Path script, Sizes sizes, int roundsATurn) {
    return new GlooSide(python, script, sizes, roundsATurn);
  }

  private static List<Double> seconds(JsonNode answer) {
    List<Double> all = new ArrayList<>();
    answer.get("seconds").forEach(one -> all.add(one.asDouble()));
    return all;
  }

  /** A side of ours. */
  final class JvmSide implements Side {
    private final String name;
    private final ProcessGroup group;
    private final List<JsonNode> starts;

    private JvmSide(String name, SyncProcess.Side side, Route route, Sizes sizes) {
      this.name = name;
      List<List<String>> commands =
          IntStream.range(0, Sizes.PROCESSES)
              .mapToObj(rank -> command(side, route, rank, sizes))
              .toList();
      this.group = ProcessGroup.start(name, commands);
      try {
        group.tell(String.join(" ", group.hear()));
        this.starts = group.answers();
      } catch (RuntimeException e) {
        group.close();
        throw e;
      }
    }

    private static List<String> command(SyncProcess.Side side, Route route, int rank, Sizes sizes) {
      List<String> command = SampoJvm.command();
      command.addAll(
          List.of(
              "-Xlog:disable",
              "-Xmx64m",
              "-XX:+UseSerialGC",
              "-cp",
              System.getProperty("java.class.path"),
              SyncProcess.class.getName(),
              side.name(),
              route.name(),
              Integer.toString(rank),
              Long.toString(sizes.bytes())));
      return command;
    }

    @Override
    public String name() {
      return name;
    }

    /** The longest that any process took from opening its plane to the first transfer. */
    double startSeconds() {
      return starts.stream()
          .mapToDouble(start -> start.get("seconds").asDouble())
          .max()
          .orElseThrow();
    }

    @Override
    public List<Double> rounds(int rounds) {
      return seconds(group.ask("rounds " + rounds).getFirst());
    }

    /** The most that any process takes of a core while it waits. */
    double idleShare(int seconds) {
      return group.ask("rest " + seconds).stream()
          .mapToDouble(answer -> answer.get("share").asDouble())
          .max()
          .orElseThrow();
    }

    @Override
    public void close() {
      group.close();
    }
  }

  /** The usual way to do it in PyTorch. */
  final class GlooSide implements Side {
    private static final double EXPECTED_SUM = 1 + 2 + 3;

    private final ProcessGroup group;
    private final int roundsATurn;
    private final String name;

    private GlooSide(Path python, Path script, Sizes sizes, int roundsATurn) {
      this.roundsATurn = roundsATurn;
      int port = freePort();
      List<List<String>> commands =
          IntStream.range(0, Sizes.PROCESSES)
              .mapToObj(
                  rank ->
                      List.of(
                          python.toString(),
                          script.toString(),
                          Integer.toString(rank),
                          Integer.toString(Sizes.PROCESSES),
                          Long.toString(sizes.bytes()),
                          Integer.toString(port),
                          Integer.toString(roundsATurn)))
              .toList();
      this.group = ProcessGroup.start("gloo", commands);
      try {
        this.name = "gloo all-reduce, torch " + group.hear().getFirst().replace("ready ", "");
      } catch (RuntimeException e) {
        group.close();
        throw e;
      }
    }

    private static int freePort() {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public List<Double> rounds(int rounds) {
      if (rounds != roundsATurn) {
        throw new IllegalArgumentException("its rounds are set at its start: rounds=" + rounds);
      }
      JsonNode answer = group.ask("go").getFirst();
      if (answer.get("sum").asDouble() != EXPECTED_SUM) {
        throw new IllegalStateException("every sum is right: sum=" + answer.get("sum"));
      }
      return seconds(answer);
    }

    @Override
    public void close() {
      group.close();
    }
  }
}
