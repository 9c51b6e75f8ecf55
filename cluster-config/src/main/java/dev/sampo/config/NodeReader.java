package dev.sampo.config;

import com.typesafe.config.ConfigValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the section {@code node}, and derives what it leaves at {@code auto}. */
final class NodeReader {
  private static final long MIB = 1L << 20;
  private static final int MOST_THREADS = 4096;
  // Measured: 65,504 is ten times as fast as 1,408, but on a link it means IP fragments.
  private static final int LOOPBACK_MTU = 65_504;
  private static final int LINK_MTU = 1_408;
  private static final int MTU_STEP = 32;
  // Twelve streams of three terms fit a /dev/shm of 256 MiB.
  private static final int AUTO_TERM_BYTES = (int) (4 * MIB);
  private static final int MOST_SYNC_STEPS = 99_999;
  private static final Form HOST =
      new Form(
          Pattern.compile("[0-9A-Za-z._:%-]+"),
          "must be a host name or an address, without a port");

  private static final Form DRIVER =
      new Form(Pattern.compile("embedded|/[^\\x00]+"), "must be embedded or an absolute path");

  private NodeReader() {}

  static NodeConfig read(Section node, Machine machine) {
    Optional<String> name =
        node.textOrAuto("name", Form.NAME, "choose a short name that this machine keeps");
    String address = node.text("address", HOST, "name the address that the other nodes reach");
    int controlPort = port(node, "control-port");
    int dataPort = port(node, "data-port");
    List<HostPort> seeds = seeds(node);
    node.link(
        controlPort != 0 || name.isPresent() || seeds.isEmpty(),
        "name",
        List.of("node.control-port", "node.seeds"),
        new Rule(
            "must be set on a node that joins others from any free port",
            "set node.name, or give node.control-port a number"));
    Path given =
        folder(node, "folder", "name a folder of this node's own, or auto for runs/<name>");
    Path snapshots = folder(node, "snapshots", "name a folder that all nodes share, or auto");
    Set<Role> roles = roles(node);
    List<DeviceConfig> devices = devices(node.sections("devices", "list { kind = cpu }"), machine);
    node.link(
        !roles.contains(Role.COMPUTE) || !devices.isEmpty(),
        "devices",
        List.of("node.roles"),
        new Rule(
            "must not be empty on a node that computes",
            "list { kind = cpu }, or take compute out of node.roles"));
    long memoryBytes =
        node.sizeOrAuto(
                "memory", 64 * MIB, 1L << 50, "give what this node may use, such as 4GiB or auto")
            .orElse(Math.max(64 * MIB, machine.memoryBytes() / 2));
    String ownName = name.orElse(nameOf(address, controlPort));
    Path folder = given.toString().isEmpty() ? Path.of("runs", ownName) : given;
    return new NodeConfig(
        ownName,
        address,
        controlPort,
        dataPort,
        seeds,
        folder,
        snapshots.toString().isEmpty() ? folder.resolve("snapshots") : snapshots,
        roles,
        roles.contains(Role.COMPUTE) ? devices : List.of(),
        memoryBytes,
        node.oneOf("activations", NodeConfig.Activations.class, "auto suits all but trials"),
        store(node.section("store")),
        dataPlane(node.section("data-plane"), address));
  }

  /** What a node and its cluster must agree on. */
  static void checkAgainst(Section section, NodeConfig node, ClusterConfig cluster) {
    boolean named = cluster.voters().contains(node.name());
    section.link(
        !named || node.roles().contains(Role.VOTER),
        "roles",
        List.of("node.name", "cluster.voters"),
        new Rule(
            "must hold voter, because cluster.voters names this node",
            "add voter to node.roles, or take the node out of cluster.voters"));
  }

  private static int port(Section node, String key) {
    return node.count(
        key, 0, HostPort.HIGHEST_PORT, "choose a free port, or 0 for any that is free");
  }

  private static String nameOf(String address, int controlPort) {
    return address.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]", "-") + "-" + controlPort;
  }

  private static List<HostPort> seeds(Section node) {
    Form form = new Form(Pattern.compile("\\S+"), "must be host:port with a port of 1 to 65535");
    String hint = "name the control port of a running node, such as 10.0.0.5:7700";
    List<HostPort> seeds = new ArrayList<>();
    List<ConfigValue> values = node.list("seeds", hint);
    for (int i = 0; i < values.size(); i++) {
      Optional<HostPort> seed = HostPort.parse(String.valueOf(values.get(i).unwrapped()));
      seed.ifPresentOrElse(
          seeds::add, refusal(node, "seeds[" + i + "]", values.get(i), form, hint));
    }
    return seeds;
  }

  private static Runnable refusal(
      Section node, String key, ConfigValue value, Form form, String hint) {
    return () -> node.refuse(key, value, form.rule(), hint);
  }

  /** Empty for auto. */
  private static Path folder(Section node, String key, String hint) {
    Optional<String> text = node.textOrAuto(key, Form.PATH, hint);
    ConfigValue value = node.require(key, Form.PATH.rule(), hint);
    return text.isEmpty() || value == null
        ? Path.of("")
        : Section.pathFrom(text.get(), value.origin());
  }

  private static Set<Role> roles(Section node) {
    List<Role> roles = node.someOf("roles", Role.class, "a witness has the one role voter");
    node.link(
        !roles.isEmpty(),
        "roles",
        List.of(),
        new Rule("must name at least one role", "choose from compute, parameters, voter"));
    return Set.copyOf(roles);
  }

  private static List<DeviceConfig> devices(List<Section> sections, Machine machine) {
    List<DeviceConfig> devices = new ArrayList<>();
    int takenThreads = 0;
    int autos = 0;
    for (Section device : sections) {
      DeviceConfig.Kind kind =
          device.oneOf("kind", DeviceConfig.Kind.class, "only cpu devices can be driven so far");
      OptionalLong threads = threads(device);
      autos += threads.isEmpty() ? 1 : 0;
      takenThreads += (int) threads.orElse(0);
      device.link(
          autos <= 1 || threads.isPresent(),
          "kind",
          List.of(),
          new Rule(
              "must name its threads, because another device takes all that are left",
              "set threads on all devices but one"));
      devices.add(new DeviceConfig(kind, (int) threads.orElse(0), drill(device)));
    }
    int left = Math.max(1, machine.processors() - takenThreads);
    return devices.stream()
        .map(device -> device.threads() > 0 ? device : device.withThreads(left))
        .toList();
  }

  private static DeviceConfig.Drill drill(Section device) {
    return device.has("drill")
        ? device.oneOf("drill", DeviceConfig.Drill.class, "leave it out but for trials of audits")
        : DeviceConfig.Drill.NONE;
  }

  private static OptionalLong threads(Section device) {
    String hint = "give the threads of this device, or auto for all that are left";
    if (!device.has("threads") || device.isAuto("threads")) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(device.count("threads", 1, MOST_THREADS, hint));
  }

  private static StoreConfig store(Section store) {
    StoreConfig.Sync sync =
        store.oneOf("sync", StoreConfig.Sync.class, "interval suits most; none is for trials");
    int every =
        store.count("sync-every", 1, MOST_SYNC_STEPS, "some hundred steps cost next to nothing");
    store.link(
        every % 2 == 1,
        "sync-every",
        List.of(),
        new Rule(
            "must be odd, so that two copies in a row can be kept side by side",
            "the next one is " + (every + 1)));
    return new StoreConfig(
        sync,
        every,
        store.sizeOrAuto("quota", MIB, 1L << 50, "leave it at auto for all that is free"),
        store
            .sizeOrAuto("scrub-rate", MIB, 1L << 36, "leave it at auto for 64MiB")
            .orElse(64 * MIB));
  }

  private static DataPlaneConfig dataPlane(Section plane, String address) {
    int mtu =
        plane
            .sizeOrAuto("mtu", LINK_MTU, LOOPBACK_MTU, "1408 fits every link, 8192 jumbo frames")
            .stream()
            .mapToInt(Math::toIntExact)
            .findFirst()
            .orElse(isLoopback(address) ? LOOPBACK_MTU : LINK_MTU);
    plane.link(
        mtu % MTU_STEP == 0,
        "mtu",
        List.of(),
        new Rule("must be a multiple of 32", "the next lower one is " + mtu / MTU_STEP * MTU_STEP));
    int term =
        (int)
            plane
                .sizeOrAuto("term", 64 << 10, 1 << 30, "1MiB to 16MiB suit most machines")
                .orElse(AUTO_TERM_BYTES);
    plane.link(
        Integer.bitCount(term) == 1,
        "term",
        List.of(),
        new Rule(
            "must be a power of two",
            "the next lower one is " + Units.size(Integer.highestOneBit(term))));
    int window =
        (int)
            plane
                .sizeOrAuto("window", LINK_MTU, 1 << 29, "leave it at auto for half a term")
                .orElse(term / 2);
    plane.link(
        window >= mtu && window <= term / 2,
        "window",
        List.of("node.data-plane.mtu", "node.data-plane.term"),
        new Rule(
            "must hold one datagram and be at most half a term: mtu=%d, term=%s"
                .formatted(mtu, Units.size(term)),
            "leave node.data-plane.window at auto"));
    return new DataPlaneConfig(driver(plane), mtu, term, window);
  }

  private static Optional<Path> driver(Section plane) {
    String driver =
        plane.text("driver", DRIVER, "write embedded, or the Aeron folder of a running driver");
    return driver.startsWith("/") ? Optional.of(Path.of(driver)) : Optional.empty();
  }

  private static boolean isLoopback(String address) {
    // Only addresses written as such: asking a name server would make reading settings a network
    // matter.
    return address.equals("localhost") || address.startsWith("127.") || address.equals("::1");
  }
}
