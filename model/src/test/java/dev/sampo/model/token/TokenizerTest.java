package dev.sampo.model.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  private static final Path FIXTURE =
      Path.of("src/test/resources/dev/sampo/model/token", JsonTokenizer.FILE);

  @TempDir Path folder = Path.of("set by JUnit");

  private static int[] encode(Tokenizer tokenizer, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return tokenizer.encode(utf8, 0, utf8.length);
  }

  private static String decode(Tokenizer tokenizer, int... tokens) {
    StringBuilder text = new StringBuilder();
    Detokenizer detokenizer = tokenizer.detokenizer(text::append);
    Arrays.stream(tokens).forEach(detokenizer::accept);
    detokenizer.end();
    return text.toString();
  }

  @Test
  void makesOfTextWhatTheLibraryInPythonMakesOfIt() throws IOException {
    JsonNode cases = new ObjectMapper().readTree(FIXTURE.resolveSibling("cases.json").toFile());
    try (Tokenizer tokenizer = JsonTokenizer.open(FIXTURE)) {
      assertEquals(320, tokenizer.vocabulary());
      assertEquals(0, tokenizer.separator());
      for (JsonNode one : cases) {
        int[] expected =
            StreamSupport.stream(one.path("tokens").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        String text = one.path("text").asText();
        assertArrayEquals(expected, encode(tokenizer, text), text);
        if (!text.contains("<|endoftext|>")) {
          assertEquals(text, decode(tokenizer, expected));
        }
      }
    }
  }

  @Test
  void cutsNoLongTextShort() throws IOException {
    try (Tokenizer tokenizer = JsonTokenizer.open(FIXTURE)) {
      String text = "the quick brown fox ".repeat(5_000);
      assertEquals(text, decode(tokenizer, encode(tokenizer, text)));
    }
  }

  @Test
  void handsOnTextAsSoonAsCharactersAreWhole() throws IOException {
    try (Tokenizer tokenizer = JsonTokenizer.open(FIXTURE)) {
      for (Tokenizer each : new Tokenizer[] {tokenizer, new ByteTokenizer()}) {
        StringBuilder text = new StringBuilder();
        Detokenizer detokenizer = each.detokenizer(text::append);
        int[] tokens = encode(each, "ab日");
        int last = tokens.length - 1;
        Arrays.stream(tokens, 0, last).forEach(detokenizer::accept);
        assertEquals("ab", text.toString(), each.kind());
        detokenizer.accept(tokens[last]);
        assertEquals("ab日", text.toString(), each.kind());
        detokenizer.accept(each.separator());
        detokenizer.accept(tokens[last - 1]);
        detokenizer.end();
        assertEquals("ab日\n\uFFFD", text.toString(), each.kind());
      }
    }
  }

  @Test
  void takesTheEndOfDocumentsFromTheSettingsBeside() throws IOException {
    Path copy = Files.copy(FIXTURE, folder.resolve(JsonTokenizer.FILE));
    Path settings = folder.resolve("tokenizer_config.json");
    Files.writeString(settings, "{\"eos_token\": {\"content\": \"the\"}}");
    try (Tokenizer tokenizer = JsonTokenizer.open(copy)) {
      assertArrayEquals(new int[] {tokenizer.separator()}, encode(tokenizer, "the"));
    }
    Files.writeString(settings, "{\"eos_token\": \"<none>\"}");
    assertRefused(copy, "a tokenizer needs a token that ends documents");
  }

  @Test
  void refusesWhatIsNoTokenizer() throws IOException {
    assertRefused(folder.resolve("missing.json"), "a tokenizer is a file");
    assertRefused(Files.writeString(folder.resolve("a.json"), "{"), "a tokenizer is JSON");
    assertRefused(Files.writeString(folder.resolve("b.json"), "{}"), "a tokenizer has a model");
    String broken = Files.readString(FIXTURE).replace("\"BPE\"", "\"Surprise\"");
    assertRefused(Files.writeString(folder.resolve("c.json"), broken), "could not be loaded");
    IOException outside = assertThrows(IOException.class, () -> JsonTokenizer.open(FIXTURE, 320));
    assertTrue(String.valueOf(outside.getMessage()).contains("token=320"), outside::toString);
  }

  private static void assertRefused(Path file, String rule) {
    IOException refusal = assertThrows(IOException.class, () -> JsonTokenizer.open(file));
    assertTrue(String.valueOf(refusal.getMessage()).contains(rule), refusal::toString);
  }

  @Test
  void leavesNoFileBehind() throws IOException {
    try (Tokenizer tokenizer = JsonTokenizer.open(FIXTURE)) {
      assertEquals(3, tokenizer.encode(new byte[] {'a', 'b', 1}, 0, 3).length);
    }
    try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      assertEquals(0, left.filter(path -> path.toString().contains("sampo-tokenizers-")).count());
    }
  }
}
