package dev.sampo.model.prepare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A zip or jar of texts, each entry with a wanted suffix a document, in the order of their names.
 *
 * @param suffixes of the entries that are taken
 */
record ArchiveInput(Path path, Set<String> suffixes) implements Input {
  @Override
  public long bytes() throws IOException {
    return Files.size(path);
  }

  @Override
  public void read(DocumentSink sink) throws IOException {
    long told = 0;
    try (ZipFile zip = new ZipFile(path.toFile())) {
      List<? extends ZipEntry> entries =
          zip.stream()
              .filter(entry -> !entry.isDirectory())
              .filter(entry -> suffixes.stream().anyMatch(entry.getName()::endsWith))
              .sorted(Comparator.comparing(ZipEntry::getName))
              .toList();
      for (ZipEntry entry : entries) {
        try (InputStream in = zip.getInputStream(entry)) {
          sink.text(entry.getName(), in);
        }
        long packed = Math.max(0, entry.getCompressedSize());
        told += packed;
        sink.passed(packed);
      }
    } catch (ZipException e) {
      sink.bad(
          new BadDocument(
              String.valueOf(path.getFileName()), 0, "it is no whole archive: " + e.getMessage()));
    }
    sink.passed(Math.max(0, bytes() - told));
  }
}
