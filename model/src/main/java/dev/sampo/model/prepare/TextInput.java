package dev.sampo.model.prepare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of plain text: one document.
 *
 * @param name of the document
 */
record TextInput(Path path, String name) implements Input {
  @Override
  public long bytes() throws IOException {
    return Files.size(path);
  }

  @Override
  public void read(DocumentSink sink) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      sink.text(name, in);
    }
    sink.passed(bytes());
  }
}
