package dev.sampo.bench.sync;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.sun.management.OperatingSystemMXBean;
import dev.sampo.gradient.Route;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * One of the processes of a side. It prints its address, reads those of all, and then runs rounds,
 * or rests, for each line it reads; it answers each with a line of JSON, and ends with its input.
 */
final class SyncProcess {
  /** Which way, and whose. */
  enum Side {
    PLANE,
    AERON
  }

  private SyncProcess() {}

  /** Arguments: side, route, rank, bytes. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int rank = Integer.parseInt(args[2]);
    Sizes sizes = new Sizes(Long.parseLong(args[3]));
    Route route = Route.valueOf(args[1]);
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    ObjectMapper json = new ObjectMapper();
    try (Exchange exchange =
        switch (Side.valueOf(args[0])) {
          case PLANE -> new PlaneExchange(rank, sizes, route);
          case AERON -> new AeronExchange(rank, sizes, route);
        }) {
      System.out.println(exchange.address());
      String addresses = input.readLine();
      if (addresses == null) {
        return;
      }
      exchange.connect(addresses.split(" ", Sizes.PROCESSES));
      exchange.round(0);
      exchange.check(0);
      System.out.println(json.createObjectNode().put("seconds", exchange.startSeconds()));
      int round = 1;
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        String[] order = line.split(" ", 2);
        int amount = Integer.parseInt(order[1]);
        if (order[0].equals("rest")) {
          System.out.println(json.createObjectNode().put("share", rest(amount)));
        } else {
          ArrayNode seconds = json.createArrayNode();
          for (int n = 0; n < amount; n++) {
            long fromNs = System.nanoTime();
            exchange.round(round++);
            seconds.add((System.nanoTime() - fromNs) / 1e9);
          }
          exchange.check(round - 1);
          System.out.println(json.createObjectNode().set("seconds", seconds));
        }
      }
    }
  }

  /** What this process takes of a core while it only waits. */
  private static double rest(int seconds) throws InterruptedException {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long cpuNs = system.getProcessCpuTime();
    long fromNs = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    return (double) (system.getProcessCpuTime() - cpuNs) / (System.nanoTime() - fromNs);
  }
}
