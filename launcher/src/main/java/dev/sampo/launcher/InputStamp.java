package dev.sampo.launcher;

import dev.sampo.model.file.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.Stream;

/**
 * Tells inputs that have changed from those that were prepared: by paths, sizes and times of their
 * files, as build tools do, since reading them all would take as long as preparing them.
 */
final class InputStamp {
  private static final int DIGITS = 16;

  private InputStamp() {}

  /** Hexadecimal digits; other ones as soon as a file is another, added, removed or written to. */
  static String of(List<Path> inputs) throws IOException {
    MessageDigest digest = Digests.sha256();
    for (Path input : inputs) {
      add(digest, "input " + input.toAbsolutePath().normalize());
      // What is not there has a better message from those who would read it.
      if (Files.exists(input)) {
        addFiles(digest, input);
      }
    }
    return Digests.hex(digest).substring(0, DIGITS);
  }

  private static void addFiles(MessageDigest digest, Path input) throws IOException {
    try (Stream<Path> found = Files.walk(input)) {
      for (Path file : found.filter(Files::isRegularFile).sorted().toList()) {
        add(digest, input.relativize(file) + " " + Files.size(file));
        add(digest, Files.getLastModifiedTime(file).toString());
      }
    }
  }

  private static void add(MessageDigest digest, String line) {
    digest.update((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
