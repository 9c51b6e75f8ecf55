package dev.sampo.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** What {@code sampo --version} prints: enough to tell two nodes apart that should be equal. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {
      "sampo %s (java %s, %s %s)"
          .formatted(
              number(),
              System.getProperty("java.vm.version"),
              System.getProperty("os.name"),
              System.getProperty("os.arch"))
    };
  }

  /** The version of the build, such as {@code 0.1.0}. */
  static String number() throws IOException {
    try (InputStream stream =
        Objects.requireNonNull(Version.class.getResourceAsStream("version.txt"))) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }
}
