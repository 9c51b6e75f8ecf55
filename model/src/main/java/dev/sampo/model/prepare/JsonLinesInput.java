package dev.sampo.model.prepare;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of JSON objects, one a line, each with its text in one field; blank lines are passed over.
 *
 * @param name of the file
 * @param field of the text
 */
record JsonLinesInput(Path path, String name, String field) implements Input {
  private static final int BUFFER_BYTES = 1 << 16;

  /** A longer line is no record but a file of another kind. */
  static final int LONGEST_LINE_BYTES = 64 << 20;

  @Override
  public long bytes() throws IOException {
    return Files.size(path);
  }

  @Override
  public void read(DocumentSink sink) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES)) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (long number = 1; nextLine(in, line); number++) {
        document(mapper, number, line, sink);
        sink.passed(line.size() + 1L);
      }
    }
  }

  private void document(
      ObjectMapper mapper, long number, ByteArrayOutputStream line, DocumentSink sink)
      throws IOException {
    if (line.size() > LONGEST_LINE_BYTES) {
      sink.bad(new BadDocument(name, number, "its line is over " + LONGEST_LINE_BYTES + " bytes"));
      return;
    }
    byte[] bytes = line.toByteArray();
    if (new String(bytes, StandardCharsets.ISO_8859_1).isBlank()) {
      return;
    }
    String reason;
    try {
      JsonNode text = mapper.readTree(bytes).path(field);
      if (text.isTextual()) {
        byte[] utf8 = text.textValue().getBytes(StandardCharsets.UTF_8);
        sink.text(name + "#" + number, new ByteArrayInputStream(utf8));
        return;
      }
      reason =
          text.isMissingNode()
              ? "the object has no field '" + field + "'"
              : "the field '" + field + "' is no text";
    } catch (JacksonException e) {
      reason =
          "the line is no JSON object: " + e.getOriginalMessage().lines().findFirst().orElse("");
    }
    sink.bad(new BadDocument(name, number, reason));
  }

  /** Reads up to the end of a line, keeping no more than is needed to see that it is too long. */
  private static boolean nextLine(InputStream in, ByteArrayOutputStream line) throws IOException {
    line.reset();
    int next = in.read();
    boolean any = next >= 0;
    while (next >= 0 && next != '\n') {
      if (line.size() <= LONGEST_LINE_BYTES) {
        line.write(next);
      }
      next = in.read();
    }
    return any;
  }
}
