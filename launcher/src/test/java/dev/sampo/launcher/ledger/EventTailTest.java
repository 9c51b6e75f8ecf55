package dev.sampo.launcher.ledger;

import static dev.sampo.launcher.ledger.EventLines.exported;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventTailTest {
  @TempDir Path folder;

  @Test
  void takesEachLineOnceAsTheFileGrows() throws IOException {
    EventTail tail = new EventTail(file());
    assertEquals(List.of(), nodes(tail), "no file yet");
    append(exported("a", "m") + "\n" + exported("b", "m") + "\n");
    assertEquals(List.of("a", "b"), nodes(tail));
    assertEquals(List.of(), nodes(tail), "nothing new");
    append(exported("c", "m") + "\n");
    assertEquals(List.of("c"), nodes(tail));
    assertEquals(0, tail.brokenLines());
  }

  @Test
  void waitsForTheEndOfALine() throws IOException {
    EventTail tail = new EventTail(file());
    byte[] line = (exported("ä", "m") + "\n").getBytes(StandardCharsets.UTF_8);
    for (byte next : line) {
      assertEquals(List.of(), nodes(tail));
      Files.write(file(), new byte[] {next}, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
    assertEquals(List.of("ä"), nodes(tail));
  }

  @Test
  void passesOverALineThatAKillCutShortAndCountsIt() throws IOException {
    EventTail tail = new EventTail(file());
    String whole = exported("a", "m");
    append(whole + "\n" + whole.substring(0, whole.length() / 2));
    assertEquals(List.of("a"), nodes(tail));
    assertEquals(0, tail.brokenLines(), "it may still end");
    append(exported("b", "m") + "\n" + exported("c", "m") + "\n");
    assertEquals(List.of("c"), nodes(tail));
    assertEquals(1, tail.brokenLines());
  }

  @Test
  void countsLinesThatAreNoEvents() throws IOException {
    EventTail tail = new EventTail(file());
    append(
        "[]\n{\"event\":\"version\"}\n{\"node\":\"a\"}\nnull\n\n   \n" + exported("a", "m") + "\n");
    assertEquals(List.of("a"), nodes(tail));
    assertEquals(4, tail.brokenLines());
  }

  @Test
  void readsFilesOfAnySize() throws IOException {
    String line = exported("a", "m".repeat(1_000)) + "\n";
    append(line.repeat(1_000));
    assertEquals(1_000, new EventTail(file()).poll().size());
  }

  private Path file() {
    return folder.resolve("events.jsonl");
  }

  private void append(String text) throws IOException {
    Files.writeString(file(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static List<String> nodes(EventTail tail) throws IOException {
    return tail.poll().stream().map(NodeEvent::node).toList();
  }
}
