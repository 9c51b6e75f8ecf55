package dev.sampo.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFolderTest {
  @TempDir Path temporary = Path.of("set by JUnit");

  private List<String> names() throws IOException {
    try (Stream<Path> paths = Files.list(temporary)) {
      return paths.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    }
  }

  @Test
  void appearsWithAllItsContent() throws IOException {
    Path folder = temporary.resolve("new");
    WholeFolder.write(
        folder,
        inside -> {
          Files.writeString(inside.resolve("a"), "1");
          Files.createDirectory(inside.resolve("deep"));
          Files.writeString(inside.resolve("deep/b"), "2");
          assertEquals(false, Files.exists(folder), "not there before it is whole");
        });
    assertEquals(List.of("new"), names());
    assertEquals("2", Files.readString(folder.resolve("deep/b")));
  }

  @Test
  void doesNotAppearWhenWritingFails() throws IOException {
    assertThrows(
        IOException.class,
        () ->
            WholeFolder.write(
                temporary.resolve("new"),
                inside -> {
                  Files.writeString(inside.resolve("a"), "1");
                  throw new IOException("disk full");
                }));
    assertEquals(List.of(), names());
  }

  @Test
  void leavesAnExistingFolderAlone() throws IOException {
    Path folder = Files.createDirectory(temporary.resolve("old"));
    assertThrows(FileAlreadyExistsException.class, () -> WholeFolder.write(folder, inside -> {}));
    assertEquals(List.of("old"), names());
  }
}
