package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.B2;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.audited;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.DeviceId;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Quarantined;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.Coverage;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Sighting;
import dev.sampo.protocol.message.Sighting.Fate;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every slot is computed twice, and who is contradicted by two others is out. */
class AuditsTest {
  private static final int SLOTS = 4;

  private final List<Sighting> seen = new ArrayList<>();
  private Script script = new Script(Script.everyone());

  private static WorkerId worker(Member member) {
    return new WorkerId(member, 0);
  }

  /** At step 5 of a shard that the first of these owns; all of them compute. */
  private void begin(Member... computing) {
    script = new Script(computing);
    Member[] replicas = Arrays.copyOf(computing, Math.min(2, computing.length));
    script.takeUp(audited(7, shard(0, replicas)));
    script.idle(computing);
    for (Member replica : replicas) {
      script.report(0, replica, record(5, ""));
    }
    script.tick();
  }

  /** The owner adds up what {@code taken} pushed, and has seen what the others did. */
  private void pushed(int slot, String bits, Member taken, Member... compared) {
    seen.add(new Sighting(slot, worker(taken), digest(bits), Fate.TAKEN));
    Arrays.stream(compared)
        .forEach(other -> seen.add(new Sighting(slot, worker(other), digest(bits), Fate.COMPARED)));
  }

  private void compared(int slot, String bits, Member by) {
    seen.add(new Sighting(slot, worker(by), digest(bits), Fate.COMPARED));
  }

  private void hearCoverage() {
    script.hear(
        A1, new Coverage(script.fence(), 0, 5, List.of(new TreeNode(0, SLOTS)), List.copyOf(seen)));
  }

  private Set<Member> askedFor(int slot) {
    return Arrays.stream(Script.everyone())
        .filter(
            member ->
                script.grantsTo(worker(member)).stream()
                    .anyMatch(grant -> grant.nodes().contains(new TreeNode(slot, 1))))
        .collect(Collectors.toSet());
  }

  private Configuration proposed() {
    return script.last(Accept.class).configuration();
  }

  @Test
  void twoDevicesComputeEachSlot() {
    begin(Script.everyone());
    for (int slot = 0; slot < SLOTS; slot++) {
      assertEquals(2, askedFor(slot).size(), "slot=" + slot);
    }
  }

  @Test
  void theGradientIsHeldByNobodyBeforeEachSlotIsConfirmed() {
    begin(Script.everyone());
    for (int slot = 0; slot < SLOTS; slot++) {
      assertEquals(Clearance.AWAITED, script.last(Base.class).clearance());
      pushed(slot, "truth " + slot, A1, B1);
      hearCoverage();
    }
    assertEquals(Clearance.GIVEN, script.last(Base.class).clearance());
    assertEquals(
        List.of(new Note.Audited(script.fence(), 5, SLOTS, 0)), script.notes(Note.Audited.class));
  }

  @Test
  void whereTwoDisagreeAThirdIsAskedAndTheLoserIsQuarantined() {
    begin(Script.everyone());
    script.forget();
    pushed(2, "lie", B1);
    compared(2, "truth", A1);
    hearCoverage();
    assertTrue(askedFor(2).contains(C1), "the third");
    compared(2, "truth", C1);
    hearCoverage();
    Quarantined found = proposed().verdicts().quarantined().getFirst();
    assertEquals(
        new Quarantined(
            new DeviceId(B1.node(), 0),
            5,
            2,
            0,
            digest("lie"),
            digest("truth"),
            List.of(new DeviceId(A1.node(), 0), new DeviceId(C1.node(), 0))),
        found);
    assertEquals(1, proposed().verdicts().drops());
  }

  /** What owners have seen is all that a verdict needs. */
  @Test
  void aVerdictOutlivesItsCoordinator() {
    begin(Script.everyone());
    pushed(2, "truth", A1, C1);
    compared(2, "lie", B1);
    hearCoverage();
    Configuration first = proposed();
    begin(Script.everyone());
    hearCoverage();
    assertEquals(first.verdicts(), proposed().verdicts());
  }

  @Test
  void aQuarantinedDeviceGetsNoLeaseInAnyLife() {
    script = new Script(A1, B2, C1);
    Configuration found = audited(7, shard(0, A1, C1));
    script.takeUp(found.quarantining(List.of(wrong(B1))));
    script.idle(A1, B2, C1);
    script.report(0, A1, record(5, ""));
    script.report(0, C1, record(5, ""));
    script.tick();
    assertEquals(List.of(), script.grantsTo(worker(B2)));
    assertEquals(2, askedFor(0).size());
  }

  /** A device cannot confirm itself, in another life neither. */
  @Test
  void aRestartedNodeIsNoSecondDevice() {
    begin(Script.everyone());
    pushed(0, "lie", B1, B2);
    for (int slot = 1; slot < SLOTS; slot++) {
      pushed(slot, "truth", A1, C1);
    }
    hearCoverage();
    assertEquals(Clearance.AWAITED, script.last(Base.class).clearance());
  }

  @Test
  void aloneADeviceIsNotAuditedAndTheStepGoesOn() {
    begin(A1);
    for (int slot = 0; slot < SLOTS; slot++) {
      pushed(slot, "alone", A1);
    }
    hearCoverage();
    assertEquals(Clearance.GIVEN, script.last(Base.class).clearance());
    assertEquals(SLOTS, script.notes(Note.Audited.class).getFirst().dropped());
  }

  @Test
  void whoeverIsDoneTakesNothingFromWhoComputesTheSameToCompare() {
    begin(A1, C1);
    for (int slot = 0; slot < SLOTS; slot++) {
      pushed(slot, "truth", A1);
    }
    script.forget();
    hearCoverage();
    assertEquals(List.of(), script.all(Grant.class));
  }

  @Test
  void whereTwoDisagreeAndNoThirdIsThereTheyMakeTheirPiecesAnew() {
    begin(A1, C1);
    for (int slot = 0; slot < SLOTS; slot++) {
      pushed(slot, "truth", A1);
      compared(slot, slot == 3 ? "lie" : "truth", C1);
    }
    hearCoverage();
    assertEquals(1, script.notes(Note.Waiting.class).size());
    assertEquals(Clearance.AWAITED, script.last(Base.class).clearance());
    script.pass(Script.SETTINGS.doubtMs());
    script.tick();
    assertEquals(1, proposed().verdicts().redone());
    assertEquals(List.of(), proposed().verdicts().quarantined());
  }
}
