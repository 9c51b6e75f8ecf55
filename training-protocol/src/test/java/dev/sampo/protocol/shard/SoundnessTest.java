package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.ReplicaReport;
import dev.sampo.protocol.message.Scrutiny;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of flipped bytes and slips. */
class SoundnessTest extends OneReplica {
  private void scrutinise(long number, Scrutiny scrutiny) {
    configuration = running(number, shard(0, A1));
    say(new Report(fence(), configuration, scrutiny));
  }

  /** Alone, with version 6 made from version 5. */
  private void madeVersionSix() {
    enter(running(1, shard(0, A1)));
    base(5);
    wholeGradient(5);
    apply(5, WHOLE);
  }

  @Test
  void aVersionMadeFromAFlippedSideSpeaksForNothing() {
    madeVersionSix();
    memory.flip(5);
    scrutinise(2, Scrutiny.BYTES);
    assertEquals(-1, out.last(Reported.class).report().newest());
    scrutinise(3, Scrutiny.NONE);
    assertEquals(-1, out.last(Reported.class).report().newest(), "also when nobody doubts it");
  }

  @Test
  void aFlippedNewestSideIsReportedAsDamaged() {
    madeVersionSix();
    memory.flip(6);
    scrutinise(2, Scrutiny.BYTES);
    ReplicaReport report = out.last(Reported.class).report();
    assertEquals(5, report.newest());
    assertTrue(report.hasLostNewer());
  }

  @Test
  void whoFindsNothingWrongStandsByItsVersionAndMakesItOnceMore() {
    madeVersionSix();
    scrutinise(2, Scrutiny.BYTES);
    CommitRecord six = out.last(Reported.class).report().records().getFirst();
    memory.slip(6);
    scrutinise(3, Scrutiny.NONE);
    assertFalse(six.sameBits(out.last(Reported.class).report().records().getFirst()));
    scrutinise(4, Scrutiny.ARITHMETIC);
    assertTrue(six.sameBits(out.last(Reported.class).report().records().getFirst()));
  }

  @Test
  void tellsTheCoordinatorOfADamagedVersionUnlessItDoesNotCount() {
    enter(running(1, shard(0, A1, B1)));
    replica.onDamage(5);
    assertEquals(
        List.of(new LacksGradient(fence(), 0, 5), new LacksGradient(fence(), 0, 4)),
        out.take(LacksGradient.class),
        "it is at the step from that version, or still at the one that led to it");
    enter(running(2, shard(0, B1)));
    replica.onDamage(5);
    assertEquals(List.of(), out.take(LacksGradient.class));
  }

  /** Trace 27: said once, and said again if what was made anew is damaged too. */
  @Test
  void aNewGenerationGivesUpWhatIsDamaged() {
    madeVersionSix();
    memory.flip(6);
    scrutinise(2, Scrutiny.BYTES);
    assertTrue(out.last(Reported.class).report().hasLostNewer());
    enter(running(3, shard(0, A1)).nextGeneration());
    assertFalse(out.last(Reported.class).report().hasLostNewer());
    base(5);
    wholeGradient(5);
    apply(5, WHOLE);
    configuration = running(4, shard(0, A1)).nextGeneration();
    say(new Report(fence(), configuration, Scrutiny.BYTES));
    ReplicaReport report = out.last(Reported.class).report();
    assertEquals(5, report.newest());
    assertTrue(report.hasLostNewer());
  }
}
