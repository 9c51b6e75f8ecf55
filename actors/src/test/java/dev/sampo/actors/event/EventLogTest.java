package dev.sampo.actors.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.tree.TreeNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventLogTest {
  private static final NodeId ANVIL = new NodeId("anvil");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void aLineIsInTheFileBeforeTheCallReturns() throws IOException {
    try (EventLog log = open(1)) {
      log.computed(7, new TreeNode(4, 2));
      assertEquals(
          """
          {"t":1234,"node":"anvil","incarnation":1,"event":"computed","step":7,"first":4,"slots":2}
          """,
          text());
      log.write(log.event("version", new Fence(1, new Term(2, ANVIL), 3)).put("version", 8));
      assertEquals(
          """
          {"t":1234,"node":"anvil","incarnation":1,"event":"version","fence":"1/2@anvil/3","version":8}
          """,
          text().lines().skip(1).toList().getFirst() + "\n");
    }
  }

  @Test
  void anEventIsOneLineWhateverIsInIt() throws IOException {
    String reason = "line one\nline two\r\u2028 \"quoted\" \u0000 " + "long ".repeat(10_000);
    try (EventLog log = open(1)) {
      log.write(log.event("waiting").put("reason", reason).put("loss", Double.NaN));
      List<String> lines = Files.readAllLines(file());
      assertEquals(1, lines.size());
      JsonNode event = JSON.readTree(lines.getFirst());
      assertEquals(reason, event.path("reason").asText());
      assertTrue(Double.isNaN(event.path("loss").asDouble()), lines::getFirst);
    }
  }

  @Test
  void aLineThatAKillCutShortDoesNotSwallowTheNextLifesFirstEvent() throws IOException {
    Files.writeString(file(), "{\"t\":1234,\"node\":\"anv");
    try (EventLog log = open(2)) {
      log.computed(7, new TreeNode(4, 2));
    }
    List<String> lines = Files.readAllLines(file());
    assertEquals(2, lines.size(), lines::toString);
    assertEquals(2, JSON.readTree(lines.getLast()).path("incarnation").asLong());
  }

  @Test
  void linesOfManyThreadsStayWhole() throws Exception {
    int threads = 4;
    int each = 500;
    try (EventLog log = open(1);
        ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> writers = new ArrayList<>();
      for (int writer = 0; writer < threads; writer++) {
        int first = writer * each;
        writers.add(pool.submit(() -> writeComputed(log, first, each)));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    }
    Set<Integer> slots = new TreeSet<>();
    for (String line : Files.readAllLines(file())) {
      slots.add(JSON.readTree(line).path("first").asInt());
    }
    assertEquals(threads * each, slots.size());
    assertEquals(threads * each, Files.readAllLines(file()).size());
  }

  private static void writeComputed(EventLog log, int first, int count) {
    for (int slot = first; slot < first + count; slot++) {
      log.computed(1, new TreeNode(slot, 1));
    }
  }

  @Test
  void theNextLifeWritesOn() throws IOException {
    try (EventLog log = open(1)) {
      log.write(log.event("started"));
    }
    try (EventLog log = open(2)) {
      log.write(log.event("started"));
    }
    List<Long> lives = new ArrayList<>();
    for (String line : Files.readAllLines(file())) {
      lives.add(JSON.readTree(line).path("incarnation").asLong());
    }
    assertEquals(List.of(1L, 2L), lives);
  }

  @Test
  void refusesAFolderThatCannotBeOne() throws IOException {
    Path plain = Files.writeString(folder.resolve("plain"), "a file");
    UncheckedIOException refusal =
        assertThrows(
            UncheckedIOException.class,
            () -> EventLog.open(plain.resolve("below"), new Member(ANVIL, 1), () -> 0));
    assertEquals(
        "the event log cannot be opened: folder=%s; hint: name a folder that this user may write, as node.folder"
            .formatted(plain.resolve("below")),
        refusal.getMessage());
  }

  private EventLog open(long incarnation) {
    return EventLog.open(folder, new Member(ANVIL, incarnation), () -> 1234);
  }

  private Path file() {
    return folder.resolve(EventLog.FILE);
  }

  private String text() throws IOException {
    return Files.readString(file());
  }
}
