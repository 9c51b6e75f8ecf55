package dev.sampo.model.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.model.prepare.Preparation.OnBad;
import dev.sampo.model.prepare.Preparation.Sources;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.text.CorpusManifest;
import dev.sampo.model.text.TokenFile;
import dev.sampo.model.token.ByteTokenizer;
import dev.sampo.model.token.JsonTokenizer;
import dev.sampo.model.token.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreparationTest {
  private static final Path FIXTURES = Path.of("src/test/resources/dev/sampo/model");
  private static final Path TOKENIZER = FIXTURES.resolve("token").resolve(JsonTokenizer.FILE);
  private static final Progress QUIET = (bytes, documents, tokens) -> {};

  @TempDir Path temporary = Path.of("set by JUnit");

  private static Preparation bytes(SplitRule split) {
    return new Preparation(new ByteTokenizer(), null, Set.of(".txt", ".java"), "text", split);
  }

  private Path prepare(Preparation preparation, OnBad onBad, Path... sources) throws IOException {
    Path folder = temporary.resolve("corpus-" + System.nanoTime());
    preparation.write(new Sources(List.of(sources), List.of()), folder, onBad, QUIET);
    return folder;
  }

  private static String text(TokenFile tokens) {
    byte[] bytes = new byte[Math.toIntExact(tokens.tokens())];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) tokens.token(i);
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static List<String> documents(Path folder) throws IOException {
    try (Corpus corpus = Corpus.open(folder)) {
      String all = text(corpus.training()) + text(corpus.validation());
      return Stream.of(all.split("\0")).sorted().toList();
    }
  }

  @Test
  void readsTheNamedFieldOfJsonLines() throws IOException {
    StringBuilder lines = new StringBuilder();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      lines.append("{\"id\": %d, \"text\": \"line\\n%d \\u00fc\"}\n".formatted(i, i));
      lines.append(i % 10 == 0 ? "  \n" : "");
      expected.add("line\n" + i + " ü");
    }
    Path file = Files.writeString(temporary.resolve("a.jsonl"), lines);
    Path folder = prepare(bytes(SplitRule.AUTO), new OnBad.Refuse(), file);
    assertEquals(expected.stream().sorted().toList(), documents(folder));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "snappy", "zstd"})
  void readsTheNamedColumnOfParquet(String codec) throws IOException {
    Path file = FIXTURES.resolve("prepare").resolve(codec + ".parquet");
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 59; i++) {
      expected.add("row " + i + ": grüße\n" + "word ".repeat(i % 5));
    }
    Path folder = prepare(bytes(SplitRule.AUTO), new OnBad.Refuse(), file);
    assertEquals(expected.stream().sorted().toList(), documents(folder));
    Preparation wrong =
        new Preparation(new ByteTokenizer(), null, Set.of(), "words", SplitRule.AUTO);
    BadDocument refusal =
        assertThrows(BadDocument.class, () -> prepare(wrong, new OnBad.Refuse(), file));
    assertTrue(String.valueOf(refusal.getMessage()).contains("no column 'words'"));
  }

  @Test
  void holdsOutPassagesOfASingleLongText() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 30_000; i++) {
      lines.append("line ").append(i).append('\n');
    }
    Path file = Files.writeString(temporary.resolve("long.txt"), lines);
    Path folder = prepare(bytes(SplitRule.AUTO), new OnBad.Refuse(), file);
    try (Corpus corpus = Corpus.open(folder)) {
      double share =
          (double) corpus.validation().tokens()
              / (corpus.training().tokens() + corpus.validation().tokens());
      assertTrue(share > 0.03 && share < 0.07, "share " + share);
      String all = text(corpus.training()) + text(corpus.validation());
      assertEquals(
          lines.toString().lines().sorted().toList(),
          all.replace("\0", "").lines().sorted().toList());
      assertEquals(
          corpus.training().tokens() + corpus.validation().tokens(),
          corpus.training().textBytes() + corpus.validation().textBytes());
    }
  }

  @Test
  void holdsOutWhatIsNamedForIt() throws IOException {
    Path train = Files.writeString(temporary.resolve("a.txt"), "for training");
    Path held = Files.writeString(temporary.resolve("b.txt"), "held out");
    Path folder = temporary.resolve("corpus");
    bytes(SplitRule.AUTO)
        .write(new Sources(List.of(train), List.of(held)), folder, new OnBad.Refuse(), QUIET);
    try (Corpus corpus = Corpus.open(folder)) {
      assertEquals("for training\0", text(corpus.training()));
      assertEquals("held out\0", text(corpus.validation()));
    }
  }

  @Test
  void namesBadDocumentsWithLineAndReason() throws IOException {
    Path tree = Files.createDirectories(temporary.resolve("tree"));
    for (int i = 0; i < 100; i++) {
      Files.writeString(tree.resolve(i + ".txt"), "good " + i);
    }
    byte[] latin = "one\ntwo\nthr\u00fc\nfour\n".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(tree.resolve("latin.txt"), latin);
    assertBad(tree, "document=latin.txt, line=3, reason=a text is UTF-8");
    Files.delete(tree.resolve("latin.txt"));
    // The fault lies behind the first piece that is written.
    byte[] late = "0123456789abcde\n".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    late[late.length - 3] = 0;
    Files.write(tree.resolve("late.txt"), late);
    assertBad(tree, "document=late.txt, line=100000, reason=a text holds no zero byte");
    Files.delete(tree.resolve("late.txt"));
    Files.writeString(tree.resolve("b.jsonl"), "{\"text\": \"fine\"}\n{\"text\": }\n");
    assertBad(tree, "document=b.jsonl, line=2, reason=the line is no JSON object");
    Files.writeString(tree.resolve("b.jsonl"), "{\"other\": 1}\n");
    assertBad(tree, "document=b.jsonl, line=1, reason=the object has no field 'text'");
    Files.writeString(tree.resolve("b.jsonl"), "{\"text\": 7}\n");
    assertBad(tree, "document=b.jsonl, line=1, reason=the field 'text' is no text");
    Files.delete(tree.resolve("b.jsonl"));
    Files.writeString(tree.resolve("c.parquet"), "PAR1 no PAR1");
    assertBad(tree, "document=c.parquet, reason=it is no readable Parquet file");
    Path zip = Files.writeString(temporary.resolve("d.zip"), "no zip");
    assertBad(zip, "document=d.zip, reason=it is no whole archive");
  }

  private void assertBad(Path source, String fault) {
    BadDocument refusal =
        assertThrows(
            BadDocument.class,
            () -> prepare(bytes(SplitRule.DOCUMENTS), new OnBad.Refuse(), source));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains(fault), message);
    assertTrue(message.contains("; hint: "), message);
  }

  @Test
  void leavesOutBadDocumentsWholeAndCountsThem() throws IOException {
    Path tree = Files.createDirectories(temporary.resolve("tree"));
    for (int i = 0; i < 200; i++) {
      Files.writeString(tree.resolve(i + ".txt"), "good " + i);
    }
    Path clean = prepare(bytes(SplitRule.DOCUMENTS), new OnBad.Refuse(), tree);
    byte[] late = "0123456789abcde\n".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    late[late.length - 3] = 0;
    for (int i = 0; i < 40; i += 10) {
      Files.write(tree.resolve(i + "-bad.txt"), late);
    }
    Files.writeString(tree.resolve("b.jsonl"), "{}\n");
    List<String> told = new ArrayList<>();
    OnBad skip = new OnBad.Skip(bad -> told.add(String.valueOf(bad.getMessage())));
    Path skipped = prepare(bytes(SplitRule.DOCUMENTS), skip, tree);
    assertEquals(5, told.size(), told::toString);
    assertEquals(5, Corpus.manifest(skipped).skipped());
    for (String file : List.of(CorpusWriter.TRAINING, CorpusWriter.VALIDATION)) {
      assertEquals(-1, Files.mismatch(clean.resolve(file), skipped.resolve(file)), file);
    }
    assertEquals(Corpus.manifest(clean).training(), Corpus.manifest(skipped).training());
  }

  @Test
  void keepsItsTokenizerAndWideTokens() throws IOException {
    Path tree = Files.createDirectories(temporary.resolve("tree"));
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      String text = "the quick brown fox jumps " + i + " times\n";
      Files.writeString(tree.resolve(i + ".txt"), text);
      all.append(text);
    }
    Path folder;
    try (Tokenizer tokenizer = JsonTokenizer.open(TOKENIZER)) {
      Preparation preparation =
          new Preparation(tokenizer, TOKENIZER, Set.of(".txt"), "text", SplitRule.AUTO);
      folder = prepare(preparation, new OnBad.Refuse(), tree);
    }
    try (Corpus corpus = Corpus.open(folder);
        Tokenizer tokenizer = corpus.tokenizer().open()) {
      assertEquals(320, corpus.vocabulary());
      assertEquals(2, corpus.manifest().tokenizer().width());
      StringBuilder found = new StringBuilder();
      for (TokenFile side : List.of(corpus.training(), corpus.validation())) {
        var out = tokenizer.detokenizer(found::append);
        for (long i = 0; i < side.tokens(); i++) {
          out.accept(side.token(i));
        }
        out.end();
      }
      assertEquals(
          all.toString().lines().sorted().toList(),
          found.toString().lines().filter(line -> !line.isEmpty()).sorted().toList());
      assertTrue(corpus.training().textBytes() > corpus.training().tokens(), "it compresses");
    }
    Files.writeString(folder.resolve(JsonTokenizer.FILE), "{}");
    IOException refusal = assertThrows(IOException.class, () -> Corpus.open(folder));
    assertTrue(String.valueOf(refusal.getMessage()).contains("a corpus's tokenizer"));
  }

  @Test
  void takesTokenFilesOfOtherPrograms() throws IOException {
    int[] tokens = new Random(7).ints(50_000, 1, 320).toArray();
    for (int i = 99; i < tokens.length; i += 100) {
      tokens[i] = 0;
    }
    Path raw = temporary.resolve("raw.bin");
    Files.write(raw, littleEndian(tokens, 2, new int[0]));
    Path headed = temporary.resolve("headed.bin");
    Files.write(headed, littleEndian(tokens, 2, new int[] {20240520, 1, tokens.length}));
    Path wide = temporary.resolve("wide.bin");
    Files.write(wide, littleEndian(tokens, 4, new int[] {20240801, 7, tokens.length}));
    try (Tokenizer tokenizer = JsonTokenizer.open(TOKENIZER)) {
      Preparation preparation =
          new Preparation(tokenizer, TOKENIZER, Set.of(), "text", SplitRule.AUTO);
      for (Path file : List.of(raw, headed, wide)) {
        Path folder = prepare(preparation, new OnBad.Refuse(), file);
        try (Corpus corpus = Corpus.open(folder)) {
          CorpusManifest manifest = corpus.manifest();
          assertEquals(
              tokens.length, manifest.training().tokens() + manifest.validation().tokens());
          assertEquals(500, manifest.training().documents() + manifest.validation().documents());
          assertEquals(0, corpus.training().textBytes());
        }
      }
      Path train = Files.copy(raw, temporary.resolve("train.bin"));
      Path held = Files.copy(raw, temporary.resolve("val.bin"));
      Path folder = prepare(preparation, new OnBad.Refuse(), train, held);
      assertEquals(-1, Files.mismatch(raw, folder.resolve(CorpusWriter.TRAINING)));
      assertEquals(-1, Files.mismatch(raw, folder.resolve(CorpusWriter.VALIDATION)));
    }
    assertBad(raw, "is not in the vocabulary of 256; name its tokenizer with --tokenizer");
    Files.write(headed, littleEndian(tokens, 2, new int[] {20240520, 1, tokens.length + 1}));
    assertBad(headed, "its header tells of 50001 tokens of 2 bytes");
    Files.write(raw, new byte[] {1, 0, 2});
    assertBad(raw, "16-bit tokens fill an even number of bytes, not 3");
  }

  private static byte[] littleEndian(int[] tokens, int width, int[] header) {
    int start = header.length == 0 ? 0 : 1024;
    ByteBuffer buffer =
        ByteBuffer.allocate(start + tokens.length * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int word : header) {
      buffer.putInt(word);
    }
    buffer.position(start);
    for (int token : tokens) {
      if (width == 2) {
        buffer.putShort((short) token);
      } else {
        buffer.putInt(token);
      }
    }
    return buffer.array();
  }

  @Test
  void cutsTextOfAnyLengthBetweenCharacters() throws IOException {
    // No line end, and characters of 1 to 4 bytes across every border of a piece.
    String text = "aß日🙂".repeat(400_000);
    Path held = Files.writeString(temporary.resolve("b.txt"), "held out");
    Path file = Files.writeString(temporary.resolve("a.txt"), text);
    Path folder = temporary.resolve("corpus");
    bytes(SplitRule.AUTO)
        .write(new Sources(List.of(file), List.of(held)), folder, new OnBad.Refuse(), QUIET);
    try (Corpus corpus = Corpus.open(folder)) {
      assertEquals(text + "\0", text(corpus.training()));
    }
  }

  @Test
  void tellsHowFarItIs() throws IOException {
    Path tree = Files.createDirectories(temporary.resolve("tree"));
    for (int i = 0; i < 100; i++) {
      Files.writeString(tree.resolve(i + ".txt"), "good " + i);
    }
    Sources sources = new Sources(List.of(tree), List.of());
    List<Long> seen = new ArrayList<>();
    Preparation preparation = bytes(SplitRule.AUTO);
    Progress progress = (bytes, documents, tokens) -> seen.add(bytes);
    preparation.write(sources, temporary.resolve("corpus"), new OnBad.Refuse(), progress);
    assertEquals(100, seen.size());
    assertEquals(preparation.bytesOf(sources), seen.getLast());
  }
}
