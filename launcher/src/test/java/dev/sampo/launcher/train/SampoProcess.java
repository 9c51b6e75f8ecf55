package dev.sampo.launcher.train;

import dev.sampo.launcher.Sampo;
import dev.sampo.launcher.local.SampoJvm;
import java.util.List;

/** Sampo as a process of its own, with the flags of a node. */
final class SampoProcess {
  private SampoProcess() {}

  /** Not started yet. */
  static ProcessBuilder of(String... arguments) {
    List<String> command = SampoJvm.nodeCommand();
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
