package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.sampo.config.Corpus.Inputs;
import dev.sampo.model.text.Corpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CorporaTest {
  @TempDir Path folder = Path.of("set by JUnit");

  @Test
  void inputsThatHaveChangedArePreparedAgain() throws IOException {
    Path texts = Files.createDirectories(folder.resolve("texts/below"));
    for (int i = 0; i < 60; i++) {
      Files.writeString(texts.resolve("text-" + i + ".txt"), "abcdefgh\n".repeat(300 + i));
    }
    Path text = Files.writeString(texts.resolve("a.txt"), "abcdefgh\n".repeat(2_000));
    Corpora corpora =
        new Corpora(folder.resolve("prepared"), folder.resolve("shipped"), List.of(), List.of());
    Inputs inputs = new Inputs(List.of(folder.resolve("texts")));
    Path first = corpora.locate(inputs);
    assertEquals(first, corpora.locate(inputs), "nothing has changed");
    Files.writeString(text, "one line more\n", StandardOpenOption.APPEND);
    Path second = corpora.locate(inputs);
    assertNotEquals(first, second);
    assertNotEquals(fingerprint(first), fingerprint(second));
    FileTime time = Files.getLastModifiedTime(text);
    Files.writeString(text, "hgfedcba\n".repeat(2_000) + "one line more\n");
    Files.setLastModifiedTime(text, FileTime.fromMillis(time.toMillis() + 1_000));
    Path third = corpora.locate(inputs);
    assertNotEquals(fingerprint(second), fingerprint(third), "of one size, and another time");
  }

  private static String fingerprint(Path corpus) throws IOException {
    try (Corpus open = Corpus.open(corpus)) {
      return open.fingerprint();
    }
  }
}
