package dev.sampo.model.prepare;

import dev.sampo.model.file.Digests;
import dev.sampo.model.text.CorpusManifest.Part;
import dev.sampo.model.token.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Makes tokens of documents and writes each to its side of the split. */
final class CorpusWriter implements DocumentSink, AutoCloseable {
  static final String TRAINING = "training.tokens";
  static final String VALIDATION = "validation.tokens";

  /** One document, or passage, in this many is held out. */
  static final int HELD_OUT_ONE_IN = 20;

  /** What a tokenizer is given at once. */
  private static final int PIECE_BYTES = 1 << 20;

  static final int PASSAGE_BYTES = 1 << 12;

  private final Tokenizer tokenizer;
  private final SplitRule split;
  private final BadDocuments badDocuments;
  private final Progress progress;
  private final int[] separator;
  private final PartWriter training;
  private final PartWriter validation;
  private Fate fateOfInput = Fate.BY_NAME;
  private long passedBytes;

  CorpusWriter(Path folder, int width, Recipe recipe, BadDocuments badDocuments, Progress progress)
      throws IOException {
    this.tokenizer = recipe.tokenizer();
    this.split = recipe.split();
    this.badDocuments = badDocuments;
    this.progress = progress;
    this.separator = new int[] {tokenizer.separator()};
    training = new PartWriter(folder, TRAINING, width);
    validation = new PartWriter(folder, VALIDATION, width);
  }

  /**
   * What decides the bytes that are written.
   *
   * @param split never {@link SplitRule#AUTO}
   */
  record Recipe(Tokenizer tokenizer, SplitRule split) {}

  /** The side of all documents to come, whatever their names. */
  void sendAllTo(Fate fate) {
    fateOfInput = fate;
  }

  @Override
  public void text(String name, InputStream utf8) throws IOException {
    try {
      if (split == SplitRule.PASSAGES && fateOfInput == Fate.BY_NAME) {
        passages(name, utf8);
      } else {
        whole(name, utf8);
      }
      keep();
    } catch (BadDocument e) {
      training.rewind();
      validation.rewind();
      badDocuments.add(e);
    }
  }

  private void whole(String name, InputStream utf8) throws IOException {
    PartWriter side = sideOf(fateOfInput == Fate.BY_NAME ? fateOf(name) : fateOfInput);
    TextPieces pieces = new TextPieces(name, utf8, PIECE_BYTES);
    while (pieces.next()) {
      add(side, pieces);
    }
    end(side);
    side.countDocument();
  }

  /** Every so-manieth passage is held out; where the sides meet, both have an end. */
  private void passages(String name, InputStream utf8) throws IOException {
    TextPieces pieces = new TextPieces(name, utf8, PASSAGE_BYTES);
    int turn = draw(name);
    PartWriter side = sideOf(turn % HELD_OUT_ONE_IN == 0 ? Fate.VALIDATION : Fate.TRAINING);
    side.countDocument();
    while (pieces.next()) {
      PartWriter next = sideOf(turn % HELD_OUT_ONE_IN == 0 ? Fate.VALIDATION : Fate.TRAINING);
      if (next != side) {
        end(side);
        side = next;
        side.countDocument();
      }
      add(side, pieces);
      turn++;
    }
    end(side);
  }

  private void add(PartWriter side, TextPieces pieces) throws IOException {
    int[] tokens = tokenizer.encode(pieces.bytes(), 0, pieces.length());
    side.add(tokens, tokens.length);
    side.countText(pieces.length());
  }

  private void end(PartWriter side) throws IOException {
    side.add(separator, 1);
    side.countText(1);
  }

  @Override
  public void tokens(String name, Fate fate, int[] tokens, int count) throws IOException {
    Fate wanted = fateOfInput == Fate.BY_NAME ? fate : fateOfInput;
    PartWriter side = sideOf(wanted == Fate.BY_NAME ? fateOf(name) : wanted);
    side.add(tokens, count);
    side.countDocument();
    keep();
  }

  private void keep() throws IOException {
    training.mark();
    validation.mark();
  }

  @Override
  public void bad(BadDocument reason) throws IOException {
    badDocuments.add(reason);
  }

  @Override
  public void passed(long bytes) {
    passedBytes += bytes;
    progress.reached(
        passedBytes,
        training.documents() + validation.documents(),
        training.tokens() + validation.tokens());
  }

  private PartWriter sideOf(Fate fate) {
    return fate == Fate.VALIDATION ? validation : training;
  }

  private static Fate fateOf(String name) {
    return draw(name) == 0 ? Fate.VALIDATION : Fate.TRAINING;
  }

  private static int draw(String name) {
    byte[] digest = Digests.sha256().digest(name.getBytes(StandardCharsets.UTF_8));
    return ((digest[0] & 0xFF) << 8 | (digest[1] & 0xFF)) % HELD_OUT_ONE_IN;
  }

  Part finishTraining() throws IOException {
    return training.finish();
  }

  Part finishValidation() throws IOException {
    return validation.finish();
  }

  @Override
  public void close() throws IOException {
    try (training) {
      validation.close();
    }
  }
}
