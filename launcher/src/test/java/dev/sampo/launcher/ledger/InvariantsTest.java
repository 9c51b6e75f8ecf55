package dev.sampo.launcher.ledger;

import static dev.sampo.launcher.ledger.EventLines.committed;
import static dev.sampo.launcher.ledger.EventLines.configured;
import static dev.sampo.launcher.ledger.EventLines.elected;
import static dev.sampo.launcher.ledger.EventLines.exported;
import static dev.sampo.launcher.ledger.EventLines.ledger;
import static dev.sampo.launcher.ledger.EventLines.resumed;
import static dev.sampo.launcher.ledger.EventLines.version;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Each violation is planted alone into a run that is clean without it. */
final class InvariantsTest {
  private static final String BEFORE = "1/1@a/1";
  private static final String AFTER = "1/2@b/2";
  private static final long STEPS = 4;
  private static final long KILL_MS = 1_000;
  private static final long LIMIT_MS = 20_000;
  private static final Fault KILL = new Fault(Fault.Kind.COORDINATOR, List.of("a"), KILL_MS);

  @Test
  void aCleanRunPassesEveryCheck() {
    assertEquals(
        List.of(
            "pass I1 one owner a shard and fence: 2 configurations",
            "pass I2 the committed step never goes down: over 2 fences",
            "pass every step committed: 4 steps",
            "pass I5 one hash a version: 4 versions",
            "pass one loss a version: 4 versions",
            "pass one final model: sha256=m on a b",
            "pass I3 I4 the loss curve of the undisturbed run: 4 losses, equal to the last bit",
            "pass I8 the hash of the undisturbed run: sha256=m",
            "pass I11 I15 kill -9 a (the coordinator's node): a step after 3.0 s, limit 20 s;"
                + " elected by a, configured by a, resumed by b"),
        words(findings(clean())));
  }

  @Test
  void theOrderInWhichLogsAreReadDoesNotMatter() {
    for (long seed = 1; seed <= 20; seed++) {
      List<String> lines = clean();
      Collections.shuffle(lines, new Random(seed));
      assertEquals(words(findings(clean())), words(findings(lines)), "seed=" + seed);
    }
  }

  @Test
  void ofARunWithoutEventsNothingIsKnown() {
    List<Finding> findings = findings(List.of());
    assertEquals(
        List.of(
            "unknown I1 one owner a shard and fence: no configuration was logged",
            "unknown I2 the committed step never goes down: no version was logged",
            "fail every step committed: missing=4 of 4, first=1",
            "unknown I5 one hash a version: no hash was logged",
            "unknown one loss a version: known=0 of 4",
            "unknown one final model: no node wrote one",
            "unknown I3 I4 the loss curve of the undisturbed run: not logged by both: versions=[1,"
                + " 2, 3, 4]",
            "unknown I8 the hash of the undisturbed run: no node wrote a model",
            "fail I11 I15 kill -9 a (the coordinator's node): no step was committed afterwards"),
        words(findings));
  }

  @Test
  void findsTwoConfigurationsUnderOneFence() {
    assertOnly(
        "fail I1 one owner a shard and fence: two configurations under one fence: fences=[1/2@b/2]",
        with(configured(1_200, AFTER, "c", List.of("b", "c"))));
  }

  @Test
  void findsAnOwnerThatIsNoReplica() {
    List<String> lines = clean();
    lines.set(2, configured(1_200, AFTER, "a", List.of("b", "c")));
    assertOnly(
        "fail I1 one owner a shard and fence: an owner that is no replica: fences=[1/2@b/2]",
        lines);
  }

  @Test
  void findsAVersionThatGoesDown() {
    assertOnly(
        "fail I2 the committed step never goes down: fence=1/2@b/2, version=1, committedBefore=2",
        with(resumed(1_100, AFTER, 1)));
  }

  @Test
  void findsAMissingStep() {
    List<String> lines = clean();
    lines.removeIf(line -> line.contains("\"version\":3,") && !line.contains("\"loss\""));
    lines.replaceAll(line -> line.replace("\"version\":3,\"hash\"", "\"version\":2,\"hash\""));
    lines.removeIf(line -> line.contains("\"hash\":\"h3\""));
    assertEquals(
        "fail every step committed: missing=1 of 4, first=3", words(findings(lines)).get(2));
  }

  @Test
  void findsAStepBeyondTheLast() {
    assertOnly(
        "fail every step committed: a version beyond the last: version=5",
        with(version(9_000, AFTER, 5, "h5")));
  }

  @Test
  void findsTwoHashesOfAVersion() {
    assertOnly(
        "fail I5 one hash a version: versions with more than one: [3]",
        with(committed("c", AFTER, 3, "other", "1.25")));
  }

  @Test
  void findsTwoLossesOfAVersion() {
    List<String> found =
        words(findings(with(committed("c", AFTER, 3, "h3", "1.2500000000000002"))));
    assertEquals("fail one loss a version: versions with more than one: [3]", found.get(4));
  }

  @Test
  void findsTwoModels() {
    List<String> found = words(findings(with(exported("c", "n"))));
    assertEquals(
        "fail one final model: sha256={a=Export[folder=/models/a, sha256=m],"
            + " b=Export[folder=/models/b, sha256=m], c=Export[folder=/models/c, sha256=n]}",
        found.get(5));
  }

  @Test
  void findsALossThatIsOffByItsLastBit() {
    Reference other = reference("m", Math.nextUp(1.25));
    assertEquals(
        "fail I3 I4 the loss curve of the undisturbed run: different=1 of 4, first=3",
        words(new Invariants(ledger(clean()), STEPS).against(other)).getFirst());
  }

  @Test
  void findsAnotherModelThanTheUndisturbedOne() {
    assertEquals(
        "fail I8 the hash of the undisturbed run: wanted=n, found={a=Export[folder=/models/a,"
            + " sha256=m], b=Export[folder=/models/b, sha256=m]}",
        words(new Invariants(ledger(clean()), STEPS).against(reference("n", 1.25))).getLast());
  }

  @Test
  void findsARecoveryThatTookTooLong() {
    assertEquals(
        List.of(
            "fail I11 I15 kill -9 a (the coordinator's node): a step after 3.0 s, limit 2 s;"
                + " elected by a, configured by a, resumed by b"),
        words(new Invariants(ledger(clean()), STEPS).of(List.of(KILL), 2_000)));
  }

  @Test
  void aFaultThatNobodyReactedToIsUnknown() {
    List<String> lines = clean();
    lines.removeIf(
        line ->
            line.contains("\"event\":\"configured\"")
                || line.contains("\"event\":\"elected\"")
                || line.contains("\"event\":\"resumed\""));
    assertEquals(
        List.of(
            "unknown I11 I15 kill -9 a (the coordinator's node): a step after 3.0 s, limit 20 s;"
                + " no node logged what it did about it"),
        words(new Invariants(ledger(lines), STEPS).of(List.of(KILL), LIMIT_MS)));
  }

  /** Two steps, the kill, a new reign, two more. */
  private static List<String> clean() {
    List<String> lines =
        new ArrayList<>(
            List.of(
                elected(100, "1@a"),
                configured(200, BEFORE, "a", List.of("a", "b")),
                configured(1_300, AFTER, "b", List.of("b", "c")),
                elected(1_200, "2@b"),
                resumed(1_400, AFTER, 2),
                version(300, BEFORE, 1, "h1"),
                version(400, BEFORE, 2, "h2"),
                version(4_000, AFTER, 3, "h3"),
                version(5_000, AFTER, 4, "h4")));
    for (String node : List.of("a", "b")) {
      lines.add(committed(node, BEFORE, 1, "h1", "4.5"));
      lines.add(committed(node, BEFORE, 2, "h2", "2.0E0"));
      lines.add(committed(node, AFTER, 3, "h3", "1.25"));
      lines.add(committed(node, AFTER, 4, "h4", "\"NaN\""));
      lines.add(exported(node, "m"));
    }
    return lines;
  }

  private static List<String> with(String planted) {
    List<String> lines = clean();
    lines.add(planted);
    return lines;
  }

  private static Reference reference(String sha256, double third) {
    TreeMap<Long, Double> curve = new TreeMap<>();
    curve.put(1L, 4.5);
    curve.put(2L, 2.0);
    curve.put(3L, third);
    curve.put(4L, Double.NaN);
    return new Reference(sha256, curve);
  }

  private static List<Finding> findings(List<String> lines) {
    Invariants invariants = new Invariants(ledger(lines), STEPS);
    List<Finding> findings = new ArrayList<>(invariants.ofTheRunAlone());
    findings.addAll(invariants.against(reference("m", 1.25)));
    findings.addAll(invariants.of(List.of(KILL), LIMIT_MS));
    return findings;
  }

  /** That finding, and nothing else that did not pass. */
  private static void assertOnly(String expected, List<String> lines) {
    List<String> found =
        words(findings(lines)).stream().filter(finding -> !finding.startsWith("pass ")).toList();
    assertEquals(List.of(expected), found);
  }

  private static List<String> words(List<Finding> findings) {
    return findings.stream()
        .map(finding -> finding.outcome().word() + " " + finding.check() + ": " + finding.text())
        .toList();
  }
}
