package dev.sampo.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Shows that each rule can fail: every rule has a class below {@code planted} that breaks it. */
final class PlantedTest {
  private static final String ROOT = "dev.sampo.planted";

  /** Rule, and the planted class that its report must name. */
  private static final Map<String, String> CULPRITS =
      Map.ofEntries(
          Map.entry("every class is in a module", ".stray.Stray"),
          Map.entry("arrows of protocol", ".protocol.UsesModel"),
          Map.entry("arrows of simulation", ".simulation.UsesLauncher"),
          Map.entry("arrows of config", ".config.UsesProtocol"),
          Map.entry("arrows of device", ".device.UsesProtocol"),
          Map.entry("arrows of model", ".model.UsesParameter"),
          Map.entry("arrows of gradient", ".gradient.UsesModel"),
          Map.entry("arrows of parameter", ".parameter.UsesGradient"),
          Map.entry("arrows of actors", ".actors.UsesLauncher"),
          Map.entry("arrows of launcher", ".launcher.UsesChaos"),
          Map.entry("arrows of bench", ".bench.UsesChaos"),
          Map.entry("arrows of chaos", ".chaos.UsesBench"),
          Map.entry("home of Pekko", ".model.UsesPekko"),
          Map.entry("home of Aeron", ".model.UsesAeron"),
          Map.entry("home of Agrona", ".model.UsesAgrona"),
          Map.entry("home of Chronicle", ".model.UsesChronicle"),
          Map.entry("home of native bindings", ".model.UsesNative"),
          Map.entry("home of DJL", ".device.UsesTokenizers"),
          Map.entry("home of Hardwood", ".device.UsesHardwood"),
          Map.entry("home of Typesafe Config", ".model.UsesConfig"),
          Map.entry("home of Logback", ".actors.UsesLogback"),
          Map.entry("home of picocli", ".model.UsesPicocli"),
          Map.entry("no cycles", ".model.ring"),
          Map.entry("no empty names", ".model.NamedForNothing$Manager"),
          Map.entry("no empty packages", ".model.util.Anything"),
          Map.entry("no static state", ".model.RemembersStatically"),
          Map.entry("one way to log", ".model.LogsItsOwnWay"),
          Map.entry("core imports only the JDK", ".protocol.UsesModel"),
          Map.entry("core touches no part of the world", ".protocol.StartsAThread"),
          Map.entry("core calls no clock or chance", ".protocol.LooksAtTheClock"),
          Map.entry("core has no locks", ".protocol.Locks"));

  private static final JavaClasses PLANTED = new ClassFileImporter().importPackages(ROOT);

  /** Alone: modules that each use the other are a circle too, and ArchUnit tells of one. */
  private static final JavaClasses RING =
      new ClassFileImporter().importPackages(ROOT + ".model.ring");

  @Test
  void everyRuleHasAPlantedViolation() {
    assertEquals(CULPRITS.keySet(), new House(ROOT).rules().keySet());
  }

  @Test
  void everyRuleFindsItsViolation() {
    new House(ROOT)
        .rules()
        .forEach(
            (name, rule) -> {
              JavaClasses planted = name.equals("no cycles") ? RING : PLANTED;
              String report = rule.evaluate(planted).getFailureReport().toString();
              assertTrue(report.contains(ROOT + CULPRITS.get(name)), name + "\n" + report);
              assertTrue(report.contains("because "), name + "\n" + report);
            });
  }

  @Test
  void theCoreIsCaughtAtEachPartOfTheWorld() {
    Set<String> touching = Set.of("StartsAThread", "ReadsAFile", "OpensASocket", "RollsDice");
    String report = report("core touches no part of the world");
    touching.forEach(name -> assertTrue(report.contains(name), name + "\n" + report));
    Set<String> calling = Set.of("LooksAtTheClock", "now(", "randomUUID", "random()", "shuffle");
    String calls = report("core calls no clock or chance");
    calling.forEach(name -> assertTrue(calls.contains(name), name + "\n" + calls));
  }

  private static String report(String name) {
    return new House(ROOT)
        .rules().entrySet().stream()
            .filter(rule -> rule.getKey().equals(name))
            .map(rule -> rule.getValue().evaluate(PLANTED).getFailureReport().toString())
            .findFirst()
            .orElseThrow();
  }
}
