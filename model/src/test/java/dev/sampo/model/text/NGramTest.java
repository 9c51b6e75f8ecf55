package dev.sampo.model.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.model.file.Digests;
import dev.sampo.model.prepare.Preparation;
import dev.sampo.model.prepare.SplitRule;
import dev.sampo.model.token.ByteTokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NGramTest {
  @TempDir Path temporary = Path.of("set by JUnit");

  private TokenFile tokens(String name, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    Files.write(temporary.resolve(name), bytes);
    MessageDigest digest = Digests.sha256();
    digest.update(bytes);
    return TokenFile.open(
        temporary,
        new CorpusManifest.Part(name, 1, bytes.length, bytes.length, Digests.hex(digest)),
        1);
  }

  @Test
  void interpolatesAsWittenAndBellSay() throws IOException {
    try (TokenFile training = tokens("training", "abab");
        TokenFile text = tokens("text", "ac")) {
      double[] nats = NGram.count(training, 2).evaluate(text);
      double a1 = (2 + 2 / 256.0) / (4 + 2);
      double c1 = (0 + 2 / 256.0) / (4 + 2);
      // After "a" only "b" was seen, twice: one kind. At the start of a text there is no history.
      double c2 = (0 + 1 * c1) / (2 + 1);
      assertEquals(-(Math.log(a1) + Math.log(c1)) / 2, nats[0], 1e-12);
      assertEquals(-(Math.log(a1) + Math.log(c2)) / 2, nats[1], 1e-12);
    }
  }

  @Test
  void fallsBackToTheShorterModelAfterAnUnseenHistory() throws IOException {
    try (TokenFile training = tokens("training", "abab");
        TokenFile text = tokens("text", "ca")) {
      double[] nats = NGram.count(training, 2).evaluate(text);
      assertEquals(nats[0], nats[1], 1e-12);
    }
    try (TokenFile training = tokens("again", "ab")) {
      assertThrows(IllegalArgumentException.class, () -> NGram.count(training, 0));
      assertThrows(IllegalArgumentException.class, () -> NGram.count(training, 8));
    }
  }

  @Test
  void measuresTheDefaultCorpus() throws IOException {
    Path folder = temporary.resolve("corpus");
    try (Stream<Path> archives = Files.list(Path.of("target", "corpus"))) {
      List<Path> sources = archives.toList();
      assertEquals(3, sources.size(), "archives fetched by the build");
      new Preparation(new ByteTokenizer(), null, Set.of(".java"), "text", SplitRule.DOCUMENTS)
          .write(
              new Preparation.Sources(sources, List.of()),
              folder,
              new Preparation.OnBad.Refuse(),
              (bytes, documents, tokens) -> {});
    }
    try (Corpus corpus = Corpus.open(folder)) {
      long total = corpus.training().tokens() + corpus.validation().tokens();
      assertTrue(total > 3_500_000, "tokens: " + total);
      double[] nats = NGram.count(corpus.training(), 5).evaluate(corpus.validation());
      String measured = Arrays.toString(nats);
      for (int n = 1; n < 5; n++) {
        assertTrue(nats[n] < nats[n - 1], measured);
      }
      assertTrue(nats[0] > 2.9 && nats[0] < 3.6 && nats[4] > 0.6 && nats[4] < 1.2, measured);
    }
  }
}
