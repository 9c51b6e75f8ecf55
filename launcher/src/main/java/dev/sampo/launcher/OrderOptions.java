package dev.sampo.launcher;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.post.Status;
import dev.sampo.config.HostPort;
import dev.sampo.config.SampoConfig;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.SnapshotOrder;
import dev.sampo.protocol.message.Message.Committed;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands have in common by which people order something of a running job. */
final class OrderOptions {
  private static final long LIMIT_SECONDS = 60;
  private static final long SHOWN_SECONDS = 5;
  private static final long SNAPSHOT_SECONDS = 600;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Option(
      names = "--as",
      paramLabel = "NAME",
      description = "Who orders; by default this user and this machine.")
  private @Nullable String issuer;

  @Option(names = "--json", description = "One JSON document instead of text.")
  private boolean json;

  /**
   * Orders, and tells what became of it.
   *
   * @param done the first word of the answer, such as {@code paused}
   */
  void give(Order.Kind kind, String text, String done, PrintWriter out) {
    give(new Wish(kind, text, done, now -> true, SHOWN_SECONDS), out);
  }

  /** Orders a snapshot, waits for it, and tells where it lies. */
  void snapshot(PrintWriter out) {
    SnapshotOrder outcome =
        give(
            new Wish(
                Order.Kind.SNAPSHOT,
                "",
                "ordered",
                now -> now.orders().snapshot().state() != SnapshotOrder.State.WANTED,
                SNAPSHOT_SECONDS),
            out);
    switch (outcome.state()) {
      case TAKEN -> {
        if (!json) {
          out.printf("snapshot: version=%d, folder=%s%n", outcome.version(), outcome.told());
        }
      }
      case FAILED -> throw new CommandFailure(outcome.told());
      case NONE, WANTED ->
          throw new CommandFailure(
              "the snapshot was not taken within "
                  + SNAPSHOT_SECONDS
                  + " s; hint: it is still wanted, and sampo status will tell of it");
    }
  }

  /** Orders a node to hand over what it has, and follows it until it has left. */
  void drain(String name, PrintWriter out) {
    SampoConfig config = settings.load(List.of(), List.of());
    HostPort seed = settings.seed(config);
    try (ClusterClient client = ClusterClient.connect(seed, config.node().address())) {
      Configuration now = requireJob(client, seed);
      Departure departure = Departure.of(name, client, json ? line -> {} : out::println);
      Order order = order(Order.Kind.DRAIN, departure.leaver().toString(), now);
      new HandingIn("order", LIMIT_SECONDS).untilTaken(() -> client.order(order));
      tell(order, "drained " + name, departure.await(), out);
    }
  }

  /** What is ordered, and when it is done. */
  private record Wish(
      Order.Kind kind, String text, String done, Predicate<Configuration> isDone, long seconds) {}

  private SnapshotOrder give(Wish wish, PrintWriter out) {
    SampoConfig config = settings.load(List.of(), List.of());
    HostPort seed = settings.seed(config);
    try (ClusterClient client = ClusterClient.connect(seed, config.node().address())) {
      Order order = order(wish.kind, wish.text, requireJob(client, seed));
      new HandingIn("order", LIMIT_SECONDS).untilTaken(() -> client.order(order));
      Status status = await(client, now -> shows(now, order, wish.isDone), wish.seconds);
      tell(order, wish.done, status, out);
      Configuration now = status == null ? null : status.configuration();
      return now == null ? SnapshotOrder.NONE : now.orders().snapshot();
    }
  }

  /** Later orders must have higher numbers, from whichever process: the clock is the counter. */
  private Order order(Order.Kind kind, String text, Configuration now) {
    try {
      String name = issuer == null ? thisUser() : issuer;
      return new Order(now.job().id(), name, System.currentTimeMillis(), kind, text);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(e.getMessage() + "; hint: shorten --as or the reason", e);
    }
  }

  private static String thisUser() {
    String user = System.getProperty("user.name", "somebody");
    try {
      return user + "@" + InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      return user;
    }
  }

  private static Configuration requireJob(ClusterClient client, HostPort seed) {
    Status status = await(client, known -> known.configuration() != null, SHOWN_SECONDS);
    Configuration now = status == null ? null : status.configuration();
    if (status == null) {
      throw new CommandFailure(
          "no node answered: seed=" + seed + "; hint: check the address, and whether it runs");
    }
    if (now == null) {
      throw new CommandFailure(
          "an order is for a job, and there is none: seed=" + seed + "; hint: sampo submit");
    }
    return now;
  }

  private static boolean shows(Status status, Order order, Predicate<Configuration> isDone) {
    Configuration now = status.configuration();
    return now != null
        && isDone.test(now)
        && now.orders().lastOf(order.issuer()).stream()
            .anyMatch(last -> last.number() >= order.number());
  }

  /** The first status that is so, or the last one that came; null if none did. */
  private static @Nullable Status await(
      ClusterClient client, Predicate<Status> isSo, long limitSeconds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
    Status last = null;
    do {
      try {
        last = JobAtHand.await(client.status());
      } catch (CompletionException notYet) {
        // The node is starting, or busy: it is asked again until the limit.
        continue;
      }
      if (isSo.test(last)) {
        return last;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    } while (System.nanoTime() - deadline < 0);
    return last;
  }

  private static ObjectNode snapshotOf(Status status) {
    Configuration now = status.configuration();
    SnapshotOrder snapshot = now == null ? SnapshotOrder.NONE : now.orders().snapshot();
    return new ObjectMapper().valueToTree(snapshot);
  }

  private void tell(Order order, String done, @Nullable Status status, PrintWriter out) {
    Committed committed = status == null ? null : status.committed();
    if (json) {
      ObjectNode document = new ObjectMapper().createObjectNode();
      document.put("order", order.kind().name().toLowerCase(Locale.ROOT));
      document.put("job", order.job().value());
      document.put("issuer", order.issuer());
      document.put("number", order.number());
      if (order.kind() == Order.Kind.DRAIN) {
        document.put("node", order.text());
      }
      if (order.kind() == Order.Kind.SNAPSHOT && status != null) {
        document.set("snapshot", snapshotOf(status));
      }
      if (committed != null) {
        document.put("version", committed.version());
      }
      out.println(document.toPrettyString());
    } else {
      String version = committed == null ? "unknown" : Long.toString(committed.version());
      out.printf("%s: job=%s, version=%s%n", done, order.job(), version);
    }
  }
}
