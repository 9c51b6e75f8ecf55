package dev.sampo.launcher.ledger;

import static dev.sampo.launcher.ledger.EventLines.configured;
import static dev.sampo.launcher.ledger.EventLines.elected;
import static dev.sampo.launcher.ledger.EventLines.ledger;
import static dev.sampo.launcher.ledger.EventLines.version;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RunLedgerTest {
  private static final String BEFORE = "1/1@a/1";
  private static final String AFTER = "1/1@a/2";
  private static final Fault KILL = new Fault(Fault.Kind.WORKER, List.of("c"), 1_000);

  @Test
  void aStepThatWasOnItsWayIsNoRecovery() {
    RunLedger run =
        ledger(
            List.of(
                version(900, BEFORE, 1, "h1"),
                version(1_050, BEFORE, 2, "h2"),
                configured(1_500, AFTER, "a", List.of("a", "b")),
                version(3_500, AFTER, 3, "h3"),
                version(4_500, AFTER, 4, "h4")));
    assertEquals(OptionalLong.of(2_500), run.recoveryMs(KILL));
    assertEquals(List.of("configured by a"), run.reactions(KILL));
  }

  @Test
  void whereNothingHadToChangeTheNextStepIsTheRecovery() {
    RunLedger run = ledger(List.of(version(900, BEFORE, 1, "h1"), version(1_050, BEFORE, 2, "h2")));
    assertEquals(OptionalLong.of(50), run.recoveryMs(KILL));
  }

  @Test
  void aVersionThatIsCommittedOnceMoreIsNoRecovery() {
    RunLedger run =
        ledger(
            List.of(
                version(900, BEFORE, 7, "h7"),
                configured(1_500, AFTER, "a", List.of("a", "b")),
                version(2_000, AFTER, 7, "h7")));
    assertEquals(OptionalLong.empty(), run.recoveryMs(KILL));
  }

  @Test
  void aStepUnderTheOldFenceIsNoRecoveryHoweverLate() {
    RunLedger run =
        ledger(
            List.of(
                version(900, BEFORE, 1, "h1"),
                configured(1_500, AFTER, "a", List.of("a", "b")),
                version(2_000, BEFORE, 2, "h2")));
    assertEquals(OptionalLong.empty(), run.recoveryMs(KILL));
  }

  @Test
  void theHighestTermNamesTheCoordinatorWhateverTheClocksSay() {
    RunLedger run = ledger(List.of(elected(9_000, "9@b"), elected(10, "10@a")));
    assertEquals(Optional.of("a"), run.coordinator());
  }

  @Test
  void theHighestFenceNamesTheOwners() {
    RunLedger run =
        ledger(
            List.of(
                configured(10, "1/10@a/1", "b", List.of("b", "c")),
                configured(9_000, "1/9@a/5", "a", List.of("a", "b"))));
    Placement placement = run.placement().orElseThrow();
    assertEquals(Set.of("b"), placement.owners());
    assertEquals(true, placement.hasReplicas(2, Set.of("b", "c")));
    assertEquals(false, placement.hasReplicas(2, Set.of("a", "b")));
  }

  @Test
  void refusesAFenceThatIsNone() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> ledger(List.of(version(1, "1/2@a", 1, "h1"))));
    assertEquals(
        "an event's fence is generation/term/number: node=a, event=version, fence=1/2@a",
        refusal.getMessage());
  }
}
