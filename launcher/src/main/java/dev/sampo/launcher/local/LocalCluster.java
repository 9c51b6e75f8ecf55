package dev.sampo.launcher.local;

import dev.sampo.config.HostPort;
import dev.sampo.launcher.CommandFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Node processes on the loopback address, each with a port and a folder of its own for all its
 * lives. A node joins through those that are alive; the first one founds the cluster. Whatever
 * happens to this process short of {@code kill -9}, its nodes end with it.
 */
public final class LocalCluster implements AutoCloseable {
  static final String HOST = "127.0.0.1";

  private static final String MAIN = "dev.sampo.launcher.Sampo";

  private final Path folder;
  private final NodeSettings settings;
  private final Map<String, LocalNode> nodes = new LinkedHashMap<>();
  private final Thread endAll = new Thread(this::end, "sampo-local-cluster-end");
  private boolean ended;

  /**
   * A cluster without nodes.
   *
   * @param folder each node's own folder is below it
   */
  public LocalCluster(Path folder, NodeSettings settings) {
    this.folder = folder.toAbsolutePath().normalize();
    this.settings = settings;
    Runtime.getRuntime().addShutdownHook(endAll);
  }

  /**
   * Starts a node: a new one, or the next life of one that is dead.
   *
   * @param itsOwn settings of this node alone, as {@code key=value}
   */
  public synchronized void start(String name, String... itsOwn) {
    if (ended) {
      throw new CommandFailure("the local cluster has ended: node=" + name);
    }
    LocalNode node = nodes.computeIfAbsent(name, this::place);
    if (node.isAlive()) {
      throw new IllegalStateException("a node lives once at a time: node=" + name);
    }
    node.bury();
    List<Integer> seeds =
        nodes.values().stream().filter(LocalNode::isAlive).map(LocalNode::controlPort).toList();
    List<String> command = settings.jvm();
    command.addAll(List.of("-cp", classPath(), MAIN));
    command.addAll(settings.arguments(name, node.controlPort(), node.folder(), seeds));
    for (String setting : itsOwn) {
      command.addAll(List.of("-D", setting));
    }
    try {
      node.start(command);
    } catch (IOException e) {
      throw new CommandFailure(
          "a node's process could not be started: node="
              + name
              + ", reason="
              + e.getMessage()
              + "; hint: is "
              + node.folder()
              + " writable?",
          e);
    }
  }

  private LocalNode place(String name) {
    return new LocalNode(name, freePort(), folder.resolve(name));
  }

  /** Surefire's own class path is a jar that only names others. */
  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  /** Free a moment ago; a node whose port was taken since says so and ends. */
  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port: address=" + HOST, e);
    }
  }

  /** Kills nodes with {@code kill -9}, all before the first is waited for. */
  public void kill(Collection<String> names) {
    List<LocalNode> victims = names.stream().map(this::node).toList();
    victims.forEach(LocalNode::kill);
    victims.forEach(LocalNode::bury);
  }

  private LocalNode node(String name) {
    LocalNode node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException(
          "no such node: node=" + name + ", nodes=" + nodes.keySet());
    }
    return node;
  }

  /** The nodes whose processes are alive. */
  public Set<String> alive() {
    return nodes.values().stream()
        .filter(LocalNode::isAlive)
        .map(LocalNode::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Nodes whose processes ended though nobody here ended them, with their last words. */
  public Map<String, String> endedByThemselves() {
    Map<String, String> ended = new LinkedHashMap<>();
    for (LocalNode node : nodes.values()) {
      if (node.hasEndedByItself()) {
        ended.put(node.name(), node.lastWords());
      }
    }
    return ended;
  }

  /** Whether a node's process has left the cluster in good order, as somebody ordered. */
  public boolean hasLeft(String name) {
    return node(name).hasLeft();
  }

  /** The control address of a living node. */
  public HostPort anyAddress() {
    return nodes.values().stream()
        .filter(LocalNode::isAlive)
        .findFirst()
        .map(node -> new HostPort(HOST, node.controlPort()))
        .orElseThrow(() -> new CommandFailure("no node is alive; hint: look into " + folder));
  }

  /** Where a node logs its events. */
  public Path events(String name) {
    return node(name).events();
  }

  /** Names of all nodes that ever were, in the order of their first starts. */
  public List<String> names() {
    return List.copyOf(nodes.keySet());
  }

  /** While this process ends, its other threads may find dead nodes: they start none again. */
  private synchronized void end() {
    ended = true;
    nodes.values().forEach(LocalNode::kill);
    nodes.values().forEach(LocalNode::bury);
  }

  /**
   * Ends the nodes with {@code kill -9}. A cluster that ends as a whole has nobody to leave to:
   * nodes that all leave at once wait for each other, for longer than anybody would wait for them.
   */
  @Override
  public void close() {
    end();
    forgetHook();
  }

  private void forgetHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(endAll);
    } catch (IllegalStateException alreadyEnding) {
      System.getLogger(LocalCluster.class.getName())
          .log(System.Logger.Level.DEBUG, "this process is ending", alreadyEnding);
    }
  }
}
