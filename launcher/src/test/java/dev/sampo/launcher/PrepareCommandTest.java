package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

final class PrepareCommandTest {
  @TempDir Path folder = Path.of("set by JUnit");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Sampo.commandLine(
            List.of(new PrepareCommand()),
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Ansi.OFF)
        .execute(args);
  }

  @Test
  void makesACorpusAndSaysWhatIsInIt() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "a line of text\n".repeat(20_000));
    Path corpus = folder.resolve("corpus");
    assertEquals(0, run("prepare", "" + text, "--out", "" + corpus, "--json"), err::toString);
    JsonNode manifest = new ObjectMapper().readTree(out.toString());
    long tokens =
        manifest.path("training").path("tokens").asLong()
            + manifest.path("validation").path("tokens").asLong();
    assertTrue(tokens >= 300_000, out::toString);
    assertTrue(Files.isRegularFile(corpus.resolve("training.tokens")));
    assertEquals(1, run("prepare", "" + text, "--out", "" + corpus));
    assertTrue(err.toString().startsWith("a corpus goes into a new folder: "), err::toString);
  }

  @Test
  void namesBadDocumentsOrLeavesThemOut() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      lines.append(i == 41 ? "{\"text\": }\n" : "{\"text\": \"number %d\"}\n".formatted(i));
    }
    Path input = Files.writeString(folder.resolve("a.jsonl"), lines);
    Path corpus = folder.resolve("corpus");
    assertEquals(1, run("prepare", "" + input, "--out", "" + corpus));
    assertTrue(err.toString().contains("document=a.jsonl, line=42, reason="), err::toString);
    assertFalse(Files.exists(corpus));
    assertEquals(0, run("prepare", "" + input, "--out", "" + corpus, "--skip-bad"), err::toString);
    assertTrue(out.toString().contains("left out: 1 documents"), out::toString);
  }
}
