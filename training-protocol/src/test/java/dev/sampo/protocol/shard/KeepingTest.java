package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.term;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Examples;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Keep;
import dev.sampo.protocol.message.Message.Kept;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Written;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.message.WrittenPart;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A replica's part in snapshots. */
class KeepingTest {
  private static final Configuration NOW = running(1, shard(0, A1, B1));

  private final RecordingOutput out = new RecordingOutput();
  private final TextMemory memory = TextMemory.holding(4, 5);
  private final Replica replica = new Replica(A1, 0, memory, out);
  private final CommitRecord five = memory.records().getFirst();

  private static Fence fence() {
    return NOW.under(term(1));
  }

  @BeforeEach
  void enter() {
    replica.on(C1, new Report(fence(), NOW, Scrutiny.NONE));
    out.take(Kept.class);
  }

  private void keep(CommitRecord record) {
    replica.on(C1, new Keep(fence(), record));
  }

  @Test
  void copiesAtOnceAndAnswersARepetitionFromItsState() {
    keep(five);
    assertEquals(1, out.takeBytes().size(), "copied");
    assertEquals(5, out.last(Kept.class).version());
    WrittenPart part = new WrittenPart(0, five, 9, "");
    replica.onWritten(part);
    assertEquals(part, out.last(Written.class).part());
    keep(five);
    assertEquals(List.of(), out.takeBytes(), "and not once more");
    assertEquals(part, out.last(Written.class).part());
  }

  @Test
  void doesNotKeepWhatItDoesNotHold() {
    CommitRecord other = Examples.record(5, " with other bits");
    keep(other);
    assertEquals(List.of(), out.takeBytes());
    assertTrue(out.last(Written.class).part().failure().startsWith("the keeper does not hold"));
  }

  @Test
  void whatIsWrittenLateOfAnOlderVersionIsNotTold() {
    keep(memory.records().getLast());
    keep(five);
    out.take(Kept.class);
    replica.onWritten(new WrittenPart(0, memory.records().getLast(), 9, ""));
    assertEquals(List.of(), out.take(Written.class));
  }

  @Test
  void publishesOnceHoweverOftenItIsAsked() {
    Publish publish = new Publish(fence(), List.of(new WrittenPart(0, five, 9, "")));
    replica.on(C1, publish);
    replica.on(C1, publish);
    assertEquals(1, out.take(Publish.class).size());
    Published done = new Published(fence(), 5, "", "a folder");
    replica.onPublished(done);
    assertEquals(done, out.last(Published.class));
    replica.on(C1, publish);
    assertEquals(done, out.last(Published.class));
  }

  @Test
  void refusesAnOldCoordinator() {
    replica.on(C1, new Keep(NOW.under(term(0)), five));
    assertEquals(fence(), out.last(Fenced.class).known());
    assertEquals(List.of(), out.takeBytes());
  }
}
