package dev.sampo.launcher.local;

import dev.sampo.actors.event.EventLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A node's place on this machine, and the process that is its present life, if it has one. */
final class LocalNode {
  /** What a node prints lands here, beside its events. */
  private static final String CONSOLE = "console.log";

  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final int SHOWN_LINES = 5;

  private final String name;
  private final int controlPort;
  private final Path folder;
  private @Nullable Process process;

  LocalNode(String name, int controlPort, Path folder) {
    this.name = name;
    this.controlPort = controlPort;
    this.folder = folder;
  }

  String name() {
    return name;
  }

  int controlPort() {
    return controlPort;
  }

  Path folder() {
    return folder;
  }

  Path events() {
    return folder.resolve(EventLog.FILE);
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Whether a process ended that nobody ended, here or by an order. */
  boolean hasEndedByItself() {
    return process != null && !process.isAlive() && !hasLeft();
  }

  /** Whether its process left the cluster in good order, as somebody ordered. */
  boolean hasLeft() {
    return process != null && !process.isAlive() && process.exitValue() == 0;
  }

  void start(List<String> command) throws IOException {
    Files.createDirectories(folder);
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(CONSOLE).toFile()))
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
  }

  /** {@code kill -9}. */
  void kill() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  /** Waits for the end of a process that was told to end, and removes what it could not. */
  void bury() {
    if (process != null) {
      long pid = process.pid();
      process.onExit().join();
      process = null;
      removeSharedMemory(pid);
    }
  }

  /** A killed process leaves its media driver's files; nobody else has its name and number. */
  private void removeSharedMemory(long pid) {
    String prefix = "sampo-" + name + "-" + pid + "-";
    if (!Files.isDirectory(SHARED_MEMORY)) {
      return;
    }
    try (Stream<Path> entries = Files.list(SHARED_MEMORY)) {
      for (Path entry : entries.toList()) {
        if (String.valueOf(entry.getFileName()).startsWith(prefix)) {
          Folders.delete(entry);
        }
      }
    } catch (IOException e) {
      System.getLogger(LocalNode.class.getName())
          .log(System.Logger.Level.WARNING, "left behind: " + SHARED_MEMORY.resolve(prefix), e);
    }
  }

  /** The last lines that the node printed. */
  String lastWords() {
    try (Stream<String> lines = Files.lines(folder.resolve(CONSOLE), StandardCharsets.ISO_8859_1)) {
      List<String> all = lines.filter(line -> !line.isBlank()).toList();
      return String.join(" | ", all.subList(Math.max(0, all.size() - SHOWN_LINES), all.size()));
    } catch (IOException e) {
      return "(unreadable: " + e + ")";
    }
  }
}
