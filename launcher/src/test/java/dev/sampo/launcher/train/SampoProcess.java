package dev.sampo.launcher.train;

import dev.sampo.launcher.Sampo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Sampo as a process of its own, with the flags of a node. */
final class SampoProcess {
  private SampoProcess() {}

  /** Not started yet. */
  static ProcessBuilder of(String... arguments) {
    Path flags = Path.of(System.getProperty("sampo.jvm.flags"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + flags);
    command.add("@" + flags.resolveSibling("node.flags"));
    command.addAll(List.of("-cp", classPath(), Sampo.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  /** Surefire may run its tests from a jar whose manifest names the path: it tells the real one. */
  private static String classPath() {
    String surefire = System.getProperty("surefire.test.class.path", "");
    return surefire.isEmpty() ? System.getProperty("java.class.path") : surefire;
  }
}
