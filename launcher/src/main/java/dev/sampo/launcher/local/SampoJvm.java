package dev.sampo.launcher.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this JVM starts another one that runs Sampo, with what {@code ./sampo} gave to this one. */
public final class SampoJvm {
  private SampoJvm() {}

  /** The command up to the options: the same java, with the flags that every JVM has. */
  public static List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + flags());
    String classes = System.getProperty("sampo.jvm.classes");
    if (classes != null) {
      command.add("@" + classes);
    }
    return command;
  }

  /** As {@link #command}, with the flags that a node has besides. */
  public static List<String> nodeCommand() {
    List<String> command = command();
    command.add("@" + flags().resolveSibling("node.flags"));
    return command;
  }

  private static Path flags() {
    return Path.of(System.getProperty("sampo.jvm.flags", "config/jvm.flags"));
  }
}
