package dev.sampo.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the search for a JDK that {@code ./sampo} and {@code .ci/run} share. */
final class FindJdkTest {
  private static final Path ROOT = Path.of(System.getProperty("sampo.root"));

  @TempDir Path folder;

  @Test
  void takesTheJdkThatIsNamedBeforeAnyOther() throws Exception {
    Path named = fakeJdk("named jdk", "25.0.9");
    Path javaHome = fakeJdk("java home", "25");
    Map<String, String> both =
        Map.of("SAMPO_JAVA_HOME", named.toString(), "JAVA_HOME", javaHome.toString());
    assertEquals(named.toString(), find(both));
    assertEquals(javaHome.toString(), find(Map.of("JAVA_HOME", javaHome.toString())));
  }

  @Test
  void passesOverOtherVersionsAndHalfJdks() throws Exception {
    Path older = fakeJdk("older", "24.0.2");
    Path newer = fakeJdk("newer", "250.1");
    Path runtime = fakeJdk("runtime", "25.0.1");
    Files.delete(runtime.resolve("bin/javac"));
    Path right = fakeJdk("home/.sdkman/candidates/java/25.0.3-tem", "25.0.3");
    // Only SDKMAN's folder has a right one, unless the machine itself has one in /usr/lib/jvm.
    for (Path wrong : new Path[] {older, newer, runtime}) {
      String found =
          find(Map.of("JAVA_HOME", wrong.toString(), "HOME", folder.resolve("home").toString()));
      Path release = Path.of(found).resolve("release");
      assertTrue(Files.readString(release).contains("JAVA_VERSION=\"25"), found);
      assertTrue(found.equals(right.toString()) || !found.startsWith(folder.toString()), found);
    }
  }

  private Path fakeJdk(String name, String version) throws IOException {
    Path home = folder.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    for (String program : new String[] {"java", "javac"}) {
      Path file = Files.writeString(home.resolve("bin").resolve(program), "#!/bin/sh\n");
      assertTrue(file.toFile().setExecutable(true));
    }
    return home;
  }

  private static String find(Map<String, String> environment) throws Exception {
    ProcessBuilder bash =
        new ProcessBuilder(
            "bash",
            "-euo",
            "pipefail",
            "-c",
            "source \"$1\"; find_jdk && printf %s \"$JDK_HOME\"",
            "find-jdk",
            ROOT.resolve("config/find-jdk.sh").toString());
    bash.redirectErrorStream(true);
    bash.environment().keySet().removeIf(name -> name.startsWith("SAMPO_"));
    bash.environment().remove("JAVA_HOME");
    bash.environment().putAll(environment);
    Process process = bash.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(10, TimeUnit.SECONDS), "find_jdk did not end");
    assertEquals(0, process.exitValue(), output);
    return output;
  }
}
