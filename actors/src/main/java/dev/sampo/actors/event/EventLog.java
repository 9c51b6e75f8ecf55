package dev.sampo.actors.event;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.tree.TreeNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What happened on a node, a line of JSON each, in {@code events.jsonl} of its folder: what chaos
 * runs are judged by. A line is with the operating system before the call returns, so kill -9 loses
 * none. Any thread may write.
 */
public final class EventLog implements AutoCloseable {
  public static final String FILE = "events.jsonl";

  private final ObjectMapper json = new ObjectMapper();
  private final BufferedWriter out;
  private final Member self;
  private final LongSupplier wallClockMs;

  private EventLog(BufferedWriter out, Member self, LongSupplier wallClockMs) {
    this.out = out;
    this.self = self;
    this.wallClockMs = wallClockMs;
  }

  /** Goes on with the log that is there, on a line of its own: a kill may have cut the last one. */
  public static EventLog open(Path folder, Member self, LongSupplier wallClockMs) {
    Path file = folder.resolve(FILE);
    try {
      Files.createDirectories(folder);
      boolean isCut = endsWithinALine(file);
      BufferedWriter out =
          Files.newBufferedWriter(
              file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      if (isCut) {
        out.newLine();
        out.flush();
      }
      return new EventLog(out, self, wallClockMs);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the event log cannot be opened: folder="
              + folder
              + "; hint: name a folder that this user may write, as node.folder",
          e);
    }
  }

  private static boolean endsWithinALine(Path file) throws IOException {
    if (!Files.exists(file) || Files.size(file) == 0) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      return channel.read(last, channel.size() - 1) == 1 && last.get(0) != '\n';
    }
  }

  /** An event of that name, to be filled and written. */
  public ObjectNode event(String name) {
    ObjectNode event = json.createObjectNode();
    event.put("t", wallClockMs.getAsLong());
    event.put("node", self.node().name());
    event.put("incarnation", self.incarnation());
    event.put("event", name);
    return event;
  }

  public synchronized void write(ObjectNode event) {
    try {
      out.write(json.writeValueAsString(event));
      out.newLine();
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the event log cannot be written: event=" + event, e);
    }
  }

  /** A device has finished a tree node. */
  public void computed(long step, TreeNode node) {
    write(
        event("computed").put("step", step).put("first", node.first()).put("slots", node.slots()));
  }

  /** An event about one fence. */
  public ObjectNode event(String name, @Nullable Fence fence) {
    return event(name).put("fence", String.valueOf(fence));
  }

  /** A digest as events carry it. */
  public static String hex(Digest digest) {
    return digest.hex();
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the event log cannot be closed", e);
    }
  }
}
