package dev.sampo.model.token;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Loads the native half of the tokenizer library, which by itself would keep a copy in the home
 * folder, look for GPUs and report its use. Here it works offline, and from a folder that is gone
 * once it is loaded.
 */
final class NativeTokenizers {
  private static final String CACHE = "ENGINE_CACHE_DIR";
  private static final String FOLDER = "sampo-tokenizers-";

  private NativeTokenizers() {}

  /**
   * Loads the library if it is not.
   *
   * @throws IOException if there is none for this machine
   */
  static synchronized void load() throws IOException {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("RUST_FLAVOR", "cpu");
    Path folder = Files.createTempDirectory(FOLDER);
    try {
      System.setProperty(CACHE, folder.toString());
      LibUtils.checkStatus();
    } catch (RuntimeException | LinkageError e) {
      throw new IOException(
          "the tokenizer library does not load on this machine: os="
              + System.getProperty("os.name")
              + ", arch="
              + System.getProperty("os.arch")
              + ", reason="
              + e.getMessage()
              + "; hint: use byte tokens",
          e);
    } finally {
      System.clearProperty(CACHE);
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(folder)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
