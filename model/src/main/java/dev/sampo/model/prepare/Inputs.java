package dev.sampo.model.prepare;

import dev.sampo.model.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds the files of what a person named.
 *
 * @param suffixes of the texts that are taken from folders and archives
 * @param field of the text in JSON lines, and the column of it in Parquet
 * @param tokenizer whose tokens token files hold
 */
record Inputs(Set<String> suffixes, String field, Tokenizer tokenizer) {
  private static final List<String> ARCHIVES = List.of(".zip", ".jar");

  /** All inputs of one path, a file or a folder. */
  List<Input> of(Path source) throws IOException {
    if (Files.isDirectory(source)) {
      return inFolder(source);
    }
    if (!Files.isRegularFile(source)) {
      throw new IOException(
          "an input is a file or a folder: path=" + source + "; hint: check the path");
    }
    return List.of(named(source, String.valueOf(source.getFileName())));
  }

  private Input named(Path file, String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".bin")) {
      return new TokenInput(file, name, tokenizer.vocabulary(), tokenizer.separator());
    }
    return record(file, name, lower);
  }

  /** A collection of texts, or one text. */
  private Input record(Path file, String name, String lower) {
    if (isArchive(lower)) {
      return new ArchiveInput(file, suffixes);
    }
    if (lower.endsWith(".jsonl")) {
      return new JsonLinesInput(file, name, field);
    }
    if (lower.endsWith(".parquet")) {
      return new ParquetInput(file, name, field);
    }
    return new TextInput(file, name);
  }

  private List<Input> inFolder(Path folder) throws IOException {
    List<Input> inputs = new ArrayList<>();
    try (Stream<Path> found = Files.walk(folder)) {
      found
          .filter(Files::isRegularFile)
          .filter(path -> isWanted(path.toString().toLowerCase(Locale.ROOT)))
          .sorted(Comparator.comparing(path -> nameOf(folder, path)))
          .forEach(
              path -> {
                String name = nameOf(folder, path);
                inputs.add(record(path, name, name.toLowerCase(Locale.ROOT)));
              });
    }
    if (inputs.isEmpty()) {
      throw new IOException(
          "a folder of inputs holds texts: path="
              + folder
              + ", suffixes="
              + suffixes.stream().sorted().toList()
              + "; hint: name others with --suffix");
    }
    return inputs;
  }

  private boolean isWanted(String lower) {
    return isArchive(lower)
        || lower.endsWith(".jsonl")
        || lower.endsWith(".parquet")
        || suffixes.stream().anyMatch(lower::endsWith);
  }

  private static boolean isArchive(String lower) {
    return ARCHIVES.stream().anyMatch(lower::endsWith);
  }

  private static String nameOf(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }
}
