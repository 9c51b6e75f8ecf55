package dev.sampo.model.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes a folder that is either whole or not there: under a temporary name beside it, every file
 * synced, then renamed in one step and the rename synced.
 */
public final class WholeFolder {
  private WholeFolder() {}

  /** Puts files into an empty folder. */
  @FunctionalInterface
  public interface Content {
    /** Writes all files into {@code folder}. */
    void writeInto(Path folder) throws IOException;
  }

  /**
   * Makes {@code folder} with that content.
   *
   * @throws FileAlreadyExistsException if it exists; nothing is changed then
   * @throws IOException if it cannot be written; nothing is left behind then
   */
  public static void write(Path folder, Content content) throws IOException {
    Path target = folder.toAbsolutePath();
    Path parent = target.getParent();
    if (parent == null || Files.exists(target)) {
      throw new FileAlreadyExistsException(
          folder.toString(), null, "the folder exists already; hint: remove it or name another");
    }
    Files.createDirectories(parent);
    Path temporary = Files.createTempDirectory(parent, target.getFileName() + ".tmp-");
    try {
      content.writeInto(temporary);
      sync(temporary);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      syncFolder(parent);
    } finally {
      deleteAll(temporary);
    }
  }

  private static void sync(Path folder) throws IOException {
    for (Path path : contents(folder)) {
      if (Files.isRegularFile(path)) {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
          file.force(true);
        }
      } else {
        syncFolder(path);
      }
    }
  }

  private static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void deleteAll(Path folder) throws IOException {
    if (Files.exists(folder)) {
      for (Path path : contents(folder)) {
        Files.delete(path);
      }
    }
  }

  /** All paths, children before their parents. */
  private static List<Path> contents(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.sorted(Comparator.reverseOrder()).toList();
    }
  }
}
