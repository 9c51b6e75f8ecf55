package dev.sampo.model.text;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.model.TokenBatch;
import dev.sampo.model.prepare.Preparation;
import dev.sampo.model.prepare.SplitRule;
import dev.sampo.model.token.ByteTokenizer;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
  private static final int DOCUMENTS = 200;

  @TempDir Path temporary = Path.of("set by JUnit");
  private Path archive = Path.of("set below");
  private Path corpus = Path.of("set below");

  @BeforeEach
  void prepare() throws IOException {
    archive = temporary.resolve("a.jar");
    writeArchive(archive, IntStream.range(0, DOCUMENTS).boxed().toList());
    corpus = temporary.resolve("corpus");
    prepareFrom(archive, corpus);
  }

  private static void prepareFrom(Path source, Path folder) throws IOException {
    new Preparation(new ByteTokenizer(), null, Set.of(".txt"), "text", SplitRule.DOCUMENTS)
        .write(
            new Preparation.Sources(List.of(source), List.of()),
            folder,
            new Preparation.OnBad.Refuse(),
            (bytes, documents, tokens) -> {});
  }

  private static String text(int number) {
    return "document " + number + "\n" + "word ".repeat(number % 7);
  }

  private static void writeArchive(Path path, List<Integer> numbers) throws IOException {
    try (OutputStream out = Files.newOutputStream(path);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (int number : numbers) {
        zip.putNextEntry(new ZipEntry("folder/" + number + ".txt"));
        zip.write(text(number).getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
      zip.putNextEntry(new ZipEntry("folder/picture.png"));
      zip.write(new byte[] {0, 1, 2});
      zip.closeEntry();
    }
  }

  @Test
  void splitsDocumentsAndKeepsEveryByte() throws IOException {
    long expected = IntStream.range(0, DOCUMENTS).mapToLong(i -> text(i).length() + 1L).sum();
    try (Corpus open = Corpus.open(corpus)) {
      assertEquals(expected, open.training().tokens() + open.validation().tokens());
      double heldOut = (double) open.validation().tokens() / expected;
      assertTrue(heldOut > 0.01 && heldOut < 0.12, "held out: " + heldOut);
      assertEquals(0, open.training().token(open.training().tokens() - 1), "separator at the end");
      StringBuilder first = new StringBuilder();
      for (long i = 0; open.training().token(i) != 0; i++) {
        first.append((char) open.training().token(i));
      }
      assertTrue(first.toString().startsWith("document "), first::toString);
    }
  }

  @Test
  void isTheSameWhateverTheOrderInTheArchive() throws IOException {
    List<Integer> backwards = IntStream.range(0, DOCUMENTS).boxed().toList();
    backwards = new ArrayList<>(backwards);
    Collections.reverse(backwards);
    Path folder = Files.createDirectory(temporary.resolve("b"));
    writeArchive(folder.resolve("a.jar"), backwards);
    Path other = temporary.resolve("other");
    prepareFrom(folder.resolve("a.jar"), other);
    try (Stream<Path> files = Files.list(corpus)) {
      for (Path file : files.toList()) {
        Path twin = other.resolve(String.valueOf(file.getFileName()));
        assertEquals(-1, Files.mismatch(file, twin), file.toString());
      }
    }
  }

  @Test
  void readsFoldersAsItReadsArchives() throws IOException {
    Path tree = temporary.resolve("tree");
    Files.createDirectories(tree.resolve("folder"));
    for (int i = 0; i < DOCUMENTS; i++) {
      Files.writeString(tree.resolve("folder/" + i + ".txt"), text(i));
    }
    Path other = temporary.resolve("other");
    prepareFrom(tree, other);
    assertEquals(
        -1, Files.mismatch(corpus.resolve("training.tokens"), other.resolve("training.tokens")));
  }

  @Test
  void samplesAreWindowsThatShareOneToken() throws IOException {
    try (Corpus open = Corpus.open(corpus);
        Arena arena = Arena.ofConfined()) {
      TokenFile tokens = open.training();
      TokenBatch batch = new TokenBatch(2, 16, arena.allocate(128), arena.allocate(128));
      long samples = tokens.samples(16);
      assertEquals((tokens.tokens() - 1) / 16, samples);
      tokens.read(0, batch, 0);
      tokens.read(samples - 1, batch, 1);
      int[] inputs = batch.inputs().toArray(JAVA_INT);
      int[] targets = batch.targets().toArray(JAVA_INT);
      int[] expectedInputs = new int[32];
      int[] expectedTargets = new int[32];
      for (int i = 0; i < 16; i++) {
        expectedInputs[i] = tokens.token(i);
        expectedTargets[i] = tokens.token(i + 1);
        expectedInputs[16 + i] = tokens.token((samples - 1) * 16 + i);
        expectedTargets[16 + i] = tokens.token((samples - 1) * 16 + i + 1);
      }
      assertArrayEquals(expectedInputs, inputs);
      assertArrayEquals(expectedTargets, targets);
      assertThrows(IndexOutOfBoundsException.class, () -> tokens.read(samples, batch, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> tokens.read(-1, batch, 0));
    }
  }

  @Test
  void refusesWhatIsMissingOrChanged() throws IOException {
    Path training = corpus.resolve("training.tokens");
    byte[] whole = Files.readAllBytes(training);
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 1;
    Files.write(training, flipped);
    assertRefused(corpus, "not the one in the manifest", "wantedSha256=");
    Files.write(training, Arrays.copyOf(whole, whole.length - 1));
    assertRefused(corpus, "not the one in the manifest", "wantedBytes=" + whole.length);
    Files.delete(training);
    assertRefused(corpus, "a token file is missing", "path=");
    Path manifest = corpus.resolve(CorpusManifest.FILE);
    String json = Files.readString(manifest);
    Files.writeString(manifest, json.replace("\"bytes\"", "\"bpe\""));
    assertRefused(corpus, "tokenizer=Tokens[kind=bpe", "path=");
    Files.writeString(manifest, json.replace("format", "surprise"));
    assertRefused(corpus, "a corpus manifest is JSON of known fields", "surprise");
    Files.delete(manifest);
    assertRefused(corpus, "no corpus in this folder", "path=");
  }

  private static void assertRefused(Path folder, String rule, String detail) {
    IOException refusal = assertThrows(IOException.class, () -> Corpus.open(folder));
    assertTrue(refusal.toString().contains(rule), refusal::toString);
    assertTrue(refusal.toString().contains(detail), refusal::toString);
    assertTrue(refusal.toString().contains("; hint: "), refusal::toString);
  }

  @Test
  void refusesSourcesThatGiveNothingAndLeavesNothingBehind() throws IOException {
    Path target = temporary.resolve("target");
    Path broken = temporary.resolve("broken.jar");
    Files.writeString(broken, "no zip");
    Path missing = temporary.resolve("missing.jar");
    Path one = temporary.resolve("one.jar");
    writeArchive(one, List.of(1));
    for (Path source : List.of(broken, missing, one)) {
      assertThrows(IOException.class, () -> prepareFrom(source, target));
    }
    assertThrows(IOException.class, () -> prepareFrom(archive, corpus));
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(
          List.of("a.jar", "broken.jar", "corpus", "one.jar"),
          left.map(path -> String.valueOf(path.getFileName())).sorted().toList());
    }
  }
}
