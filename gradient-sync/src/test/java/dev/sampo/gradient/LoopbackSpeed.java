package dev.sampo.gradient;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Measures transfers of 40 MB from this process to another on this machine, each timed from its
 * send to the other side's answer. Run by hand, with the flags of config/jvm.flags and {@code
 * -Dsampo.jvm.flags=} naming that file.
 */
final class LoopbackSpeed {
  private static final int BYTES = 40_000_000;
  private static final int WARM_UP = 10;
  private static final int ROUNDS = 40;

  private LoopbackSpeed() {}

  public static void main(String[] args) throws Exception {
    try (Arena arena = Arena.ofShared()) {
      RecordingSink answers = new RecordingSink(arena);
      PlaneSettings settings = PlaneSettings.of("speed", 1, "127.0.0.1", 0).withMaxPeers(2);
      try (TensorPlane plane = TensorPlane.open(settings, answers);
          ChildProcess child =
              ChildProcess.start(
                  PlaneChild.Role.ACKNOWLEDGE,
                  PlaneSettings.of("answer", 2, "127.0.0.1", 0),
                  new Peer("speed", 1, "127.0.0.1", plane.port()),
                  null,
                  List.of())) {
        plane.connect(new Peer("answer", 2, "127.0.0.1", child.port()));
        MemorySegment payload = Transfers.random(arena, 1, BYTES);
        double[] ms = new double[ROUNDS];
        for (int round = -WARM_UP; round < ROUNDS; round++) {
          long fromNs = System.nanoTime();
          Transfers.post(plane, 2, Transfers.header(1, BYTES), payload);
          if (!answers.awaitEnded().what().equals("completed")) {
            throw new IllegalStateException("every answer arrives: round=" + round);
          }
          if (round >= 0) {
            ms[round] = (System.nanoTime() - fromNs) / 1e6;
          }
        }
        Arrays.sort(ms);
        double median = ms[ROUNDS / 2];
        System.out.printf(
            "40 MB to another process: median %.1f ms (%.0f MB/s), best %.1f ms, worst %.1f ms%n",
            median, BYTES / 1e3 / median, ms[0], ms[ROUNDS - 1]);
      }
    }
  }
}
