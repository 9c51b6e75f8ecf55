package dev.sampo.parameter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A file system of a few MiB in memory, which only root may mount. */
final class SmallDisk implements AutoCloseable {
  private static final int DEADLINE_SECONDS = 20;

  private final Path folder;
  private final boolean mounted;

  private SmallDisk(Path folder, boolean mounted) {
    this.folder = folder;
    this.mounted = mounted;
  }

  static SmallDisk mountIfRoot(Path folder, int kib) throws IOException {
    Files.createDirectories(folder);
    boolean root = "root".equals(System.getProperty("user.name"));
    return new SmallDisk(
        folder,
        root && run("mount", "-t", "tmpfs", "-o", "size=" + kib + "k", "tmpfs", folder.toString()));
  }

  boolean isMounted() {
    return mounted;
  }

  Path folder() {
    return folder;
  }

  /** Leaves no more room than this. */
  void fillUpTo(long freeBytes) throws IOException {
    long ballast = Files.getFileStore(folder).getUsableSpace() - freeBytes;
    Files.write(folder.resolve("ballast"), new byte[Math.toIntExact(ballast)]);
  }

  void clear() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(folder)) {
          Files.delete(path);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    // The mappings of a store end with the collector: the name goes now, the memory when they do.
    if (mounted && !run("umount", "-l", folder.toString())) {
      throw new IllegalStateException("a small disk is unmounted: folder=" + folder);
    }
  }

  private static boolean run(String... command) throws IOException {
    Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    return process.onExit().orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join().exitValue() == 0;
  }
}
