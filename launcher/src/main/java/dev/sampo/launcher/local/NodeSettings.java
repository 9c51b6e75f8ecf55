package dev.sampo.launcher.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the nodes of a local cluster have in common.
 *
 * @param voters names of the nodes that vote
 * @param threads processor threads that each node computes with
 * @param corpus a prepared corpus
 * @param models folders of models that the job may begin with
 */
public record NodeSettings(List<String> voters, int threads, Path corpus, List<Path> models) {
  /** Copies the lists. */
  public NodeSettings {
    voters = List.copyOf(voters);
    models = List.copyOf(models);
  }

  /** The node's command up to its class path. */
  List<String> jvm() {
    List<String> command = SampoJvm.nodeCommand();
    command.add("-Dsampo.root=" + System.getProperty("sampo.root", "."));
    return command;
  }

  /** What follows the word {@code sampo} on the node's command line. */
  List<String> arguments(String name, int controlPort, Path folder, List<Integer> seedPorts) {
    List<String> arguments = new ArrayList<>(List.of("node", "--corpus", corpus.toString()));
    models.forEach(model -> arguments.addAll(List.of("--model", model.toString())));
    seedPorts.forEach(port -> arguments.addAll(List.of("--seed", LocalCluster.HOST + ":" + port)));
    for (String setting :
        List.of(
            "node.name=" + name,
            "node.control-port=" + controlPort,
            "node.data-port=0",
            "node.folder=\"" + folder + "\"",
            "node.snapshots=\"" + folder.resolveSibling("snapshots") + "\"",
            "node.devices=[{kind=cpu,threads=" + threads + "}]",
            "node.memory=1GiB",
            "node.data-plane.term=1MiB",
            "cluster.voters=[" + String.join(",", voters) + "]")) {
      arguments.addAll(List.of("-D", setting));
    }
    return arguments;
  }
}
