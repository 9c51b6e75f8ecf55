package dev.sampo.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Shows that there is one list of JVM flags, and that every JVM reads it. */
final class FlagsTest {
  private static final Path ROOT = Path.of(System.getProperty("sampo.root"));
  private static final Path FLAGS = Path.of(System.getProperty("sampo.jvm.flags"));

  @Test
  void theJvmsOfTheTestsHaveTheFlagsOfTheFile() throws IOException {
    assertEquals(ROOT.resolve("config/jvm.flags"), FLAGS);
    List<String> flags =
        Files.readAllLines(FLAGS).stream().filter(line -> !line.startsWith("#")).toList();
    assertFalse(flags.isEmpty());
    List<String> arguments = ManagementFactory.getRuntimeMXBean().getInputArguments();
    for (String flag : flags) {
      assertTrue(arguments.contains(flag), () -> flag + " is not in " + arguments);
    }
  }

  @Test
  void theLauncherReadsTheFile() throws IOException {
    String script = Files.readString(ROOT.resolve("sampo"));
    assertTrue(script.contains("FLAGS=$ROOT/config/jvm.flags\n"));
    assertTrue(script.contains("NODE_FLAGS=$ROOT/config/node.flags\n"));
    assertTrue(script.contains("\nexec \"$JDK_HOME/bin/java\" \"@$FLAGS\" "));
  }

  @Test
  void noOtherFileRepeatsThem() throws IOException {
    // Flags that only make sense for a JVM that runs Sampo; the compiler has none of them.
    Set<String> telling = Set.of("--enable-native" + "-access", "--sun-misc-unsafe" + "-memory");
    for (Path file : scriptsAndSources()) {
      String text = Files.readString(file);
      telling.forEach(flag -> assertFalse(text.contains(flag), () -> file + " repeats " + flag));
    }
  }

  private static List<Path> scriptsAndSources() throws IOException {
    try (Stream<Path> files =
        Files.find(
            ROOT, 16, (file, attributes) -> attributes.isRegularFile() && mayStartJvms(file))) {
      List<Path> found = files.toList();
      assertTrue(found.contains(ROOT.resolve("sampo")), found::toString);
      return found;
    }
  }

  private static boolean mayStartJvms(Path file) {
    String name = file.getFileName().toString();
    Path inRepository = ROOT.relativize(file);
    boolean built =
        Stream.of("target", ".git")
            .anyMatch(folder -> Set.copyOf(names(inRepository)).contains(folder));
    return !built
        && (name.equals("sampo")
            || name.equals("run")
            || name.equals("pom.xml")
            || name.endsWith(".sh")
            || name.endsWith(".java"));
  }

  private static List<String> names(Path path) {
    return Stream.iterate(path, step -> step != null, Path::getParent)
        .map(step -> String.valueOf(step.getFileName()))
        .toList();
  }
}
