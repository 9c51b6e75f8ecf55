package dev.sampo.planted.protocol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Breaks a rule on purpose. */
final class ReadsAFile {
  String read(String name) throws IOException {
    return Files.readString(Path.of(name));
  }
}
