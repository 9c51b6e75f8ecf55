package dev.sampo.model.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sampo.model.file.WholeFolder;
import dev.sampo.model.text.CorpusManifest.Part;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Prepares a corpus from archives (jar, zip) and folders of text files.
 *
 * <p>The result depends on the texts and their names alone: sources by file name, documents by
 * path. A document is held out when the SHA-256 of its name says so, so documents that are added
 * later move no other one across the split. The folder appears whole or not at all.
 */
public final class CorpusBuilder {
  /** Ends each document; no text contains it. */
  static final byte SEPARATOR = 0;

  /** One document in this many is held out. */
  private static final int HELD_OUT_ONE_IN = 20;

  /** Larger single documents are not source text. */
  private static final long MAX_DOCUMENT_BYTES = 16L << 20;

  private final Set<String> suffixes;

  /**
   * @param suffixes ends of the names that count as documents, such as {@code .java}
   */
  public CorpusBuilder(Set<String> suffixes) {
    this.suffixes = Set.copyOf(suffixes);
  }

  private interface Sink {
    void accept(String name, byte[] text) throws IOException;
  }

  /**
   * Reads the sources and writes the corpus folder.
   *
   * @param sources archives and folders, in any order
   * @param folder made by this call; must not exist
   * @throws IOException naming the source, if one cannot be read or holds no document, or the
   *     folder cannot be written
   */
  public void prepare(List<Path> sources, Path folder) throws IOException {
    List<Path> sorted = new ArrayList<>(sources);
    sorted.sort(Comparator.comparing(source -> String.valueOf(source.getFileName())));
    WholeFolder.write(
        folder,
        target -> {
          Part training;
          Part validation;
          try (Split split = new Split(target)) {
            for (Path source : sorted) {
              readSource(source, split);
            }
            training = split.training.finish();
            validation = split.validation.finish();
          }
          if (training.documents() == 0 || validation.documents() == 0) {
            throw new IOException(
                "a corpus needs documents on both sides of the split: training=%d, validation=%d, suffixes=%s; hint: add sources"
                    .formatted(training.documents(), validation.documents(), suffixes));
          }
          CorpusManifest manifest =
              new CorpusManifest(
                  CorpusManifest.FORMAT, CorpusManifest.BYTES, 256, training, validation);
          new ObjectMapper()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .writeValue(target.resolve(CorpusManifest.FILE).toFile(), manifest);
        });
  }

  private void readSource(Path source, Sink sink) throws IOException {
    int documents;
    if (Files.isDirectory(source)) {
      documents = readFolder(source, sink);
    } else if (Files.isRegularFile(source)) {
      documents = readArchive(source, sink);
    } else {
      throw new IOException(
          "a text source is an archive or a folder: path=" + source + "; hint: check the path");
    }
    if (documents == 0) {
      throw new IOException(
          "a text source holds no document: path=" + source + ", suffixes=" + suffixes);
    }
  }

  private int readFolder(Path folder, Sink sink) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files =
          found
              .filter(Files::isRegularFile)
              .filter(path -> wanted(path.toString()))
              .sorted(Comparator.comparing(path -> nameOf(folder, path)))
              .toList();
    }
    for (Path file : files) {
      checkSize(file.toString(), Files.size(file));
      sink.accept(nameOf(folder, file), Files.readAllBytes(file));
    }
    return files.size();
  }

  private static String nameOf(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }

  private int readArchive(Path archive, Sink sink) throws IOException {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      List<? extends ZipEntry> entries =
          zip.stream()
              .filter(entry -> !entry.isDirectory() && wanted(entry.getName()))
              .sorted(Comparator.comparing(ZipEntry::getName))
              .toList();
      for (ZipEntry entry : entries) {
        checkSize(entry.getName(), entry.getSize());
        try (InputStream in = zip.getInputStream(entry)) {
          sink.accept(entry.getName(), in.readAllBytes());
        }
      }
      return entries.size();
    } catch (ZipException e) {
      throw new IOException(
          "a text source is a readable archive: path=" + archive + ", reason=" + e.getMessage(), e);
    }
  }

  private static void checkSize(String name, long bytes) throws IOException {
    if (bytes > MAX_DOCUMENT_BYTES) {
      throw new IOException(
          "a document is too large: name=%s, bytes=%d, limit=%d"
              .formatted(name, bytes, MAX_DOCUMENT_BYTES));
    }
  }

  private boolean wanted(String name) {
    return suffixes.stream().anyMatch(name::endsWith);
  }

  /** The two sides of the split being written. */
  private static final class Split implements Sink, AutoCloseable {
    private final PartWriter training;
    private final PartWriter validation;

    Split(Path folder) throws IOException {
      training = new PartWriter(folder, "training.tokens");
      validation = new PartWriter(folder, "validation.tokens");
    }

    @Override
    public void accept(String name, byte[] text) throws IOException {
      for (byte b : text) {
        if (b == SEPARATOR) {
          throw new IOException("a text holds no zero byte: document=" + name);
        }
      }
      byte[] digest = Digests.sha256().digest(name.getBytes(StandardCharsets.UTF_8));
      int draw = ((digest[0] & 0xFF) << 8 | (digest[1] & 0xFF)) % HELD_OUT_ONE_IN;
      (draw == 0 ? validation : training).add(text);
    }

    @Override
    public void close() throws IOException {
      try (training) {
        validation.close();
      }
    }
  }

  private static final class PartWriter implements AutoCloseable {
    private final String file;
    private final OutputStream out;
    private final MessageDigest digest = Digests.sha256();
    private int documents;
    private long tokens;

    PartWriter(Path folder, String file) throws IOException {
      this.file = file;
      out = new BufferedOutputStream(Files.newOutputStream(folder.resolve(file)));
    }

    void add(byte[] text) throws IOException {
      out.write(text);
      out.write(SEPARATOR);
      digest.update(text);
      digest.update(SEPARATOR);
      documents++;
      tokens += text.length + 1L;
    }

    Part finish() {
      return new Part(file, documents, tokens, Digests.hex(digest));
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
