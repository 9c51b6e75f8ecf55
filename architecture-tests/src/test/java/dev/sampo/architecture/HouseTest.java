package dev.sampo.architecture;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules, on all of Sampo. */
final class HouseTest {
  private static final String ROOT = "dev.sampo";
  private static final JavaClasses SAMPO =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          // What JMH generates keeps its state in static fields, in a process of its own.
          .withImportOption(location -> !location.contains("/jmh_generated/"))
          .importPackages(ROOT);

  static Stream<Arguments> rules() {
    return new House(ROOT)
        .rules().entrySet().stream().map(rule -> Arguments.of(rule.getKey(), rule.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void holds(String name, ArchRule rule) {
    EvaluationResult result = rule.evaluate(SAMPO);
    assertFalse(result.hasViolation(), () -> name + "\n" + result.getFailureReport());
  }

  @Test
  void seesEveryModuleThatHasSources() throws IOException {
    Set<String> words =
        SAMPO.stream()
            .map(type -> type.getPackageName().substring(ROOT.length()).replaceFirst("^\\.", ""))
            .map(packageName -> packageName.replaceFirst("\\..*", ""))
            .collect(Collectors.toSet());
    Path root = Path.of(System.getProperty("sampo.root"));
    for (Module module : Module.ALL) {
      Path sources = root.resolve(module.folder()).resolve("src/main/java");
      if (hasClasses(sources)) {
        assertTrue(words.contains(module.word()), "no class of " + module.word() + " was read");
      }
    }
  }

  private static boolean hasClasses(Path sources) throws IOException {
    if (!Files.isDirectory(sources)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(sources)) {
      return files.anyMatch(
          file -> file.toString().endsWith(".java") && !file.endsWith("package-info.java"));
    }
  }
}
