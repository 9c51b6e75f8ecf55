package dev.sampo.launcher;

import dev.sampo.config.HostPort;
import dev.sampo.config.SampoConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The options by which commands are given settings. */
public final class SettingsOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings file in HOCON; may be repeated, later files beat earlier ones.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Override a setting, such as -D node.name=anvil.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "HOST:PORT",
      description = "Control address of a node to join or to ask; may be repeated.")
  private List<String> seeds = new ArrayList<>();

  /**
   * The settings, with more files before those of the command line and more overrides under them.
   */
  public SampoConfig load(List<Path> moreFiles, List<String> moreOverrides) {
    List<Path> allFiles = new ArrayList<>(files);
    allFiles.addAll(moreFiles);
    List<String> all = new ArrayList<>(moreOverrides);
    if (!seeds.isEmpty()) {
      all.add(
          "node.seeds="
              + seeds.stream().map(s -> '"' + s + '"').collect(Collectors.joining(",", "[", "]")));
    }
    all.addAll(overrides);
    return SampoConfig.load(allFiles, all);
  }

  /** The first node to ask. */
  HostPort seed(SampoConfig config) {
    return config.node().seeds().stream()
        .findFirst()
        .orElseThrow(
            () ->
                new CommandFailure(
                    "a node must be named to ask: node.seeds=[]; hint: add --seed HOST:PORT"));
  }
}
