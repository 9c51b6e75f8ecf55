package dev.sampo.launcher.ledger;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows one {@code events.jsonl} as it grows. A line counts once it has ended; one that a kill
 * cut short, and which the node's next life wrote on, is counted as broken and passed over.
 */
public final class EventTail {
  private static final int CHUNK_BYTES = 1 << 16;

  private final Path file;
  private final ByteArrayOutputStream half = new ByteArrayOutputStream();
  private long position;
  private long brokenLines;

  /** Follows that file, which need not exist yet. */
  public EventTail(Path file) {
    this.file = file;
  }

  /** What was written since the last call, in order; empty if nothing was. */
  public List<NodeEvent> poll() throws IOException {
    List<NodeEvent> events = new ArrayList<>();
    if (!Files.exists(file)) {
      return events;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
      while (channel.read(chunk, position) > 0) {
        chunk.flip();
        position += chunk.remaining();
        while (chunk.hasRemaining()) {
          take(chunk.get(), events);
        }
        chunk.clear();
      }
    }
    return events;
  }

  private void take(byte next, List<NodeEvent> events) {
    if (next != '\n') {
      half.write(next);
      return;
    }
    String line = half.toString(StandardCharsets.UTF_8);
    half.reset();
    if (!line.isBlank()) {
      NodeEvent.parse(line).ifPresentOrElse(events::add, () -> brokenLines++);
    }
  }

  /** Lines that ended but were no events. */
  public long brokenLines() {
    return brokenLines;
  }
}
