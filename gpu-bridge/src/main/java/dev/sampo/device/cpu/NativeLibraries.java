package dev.sampo.device.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Brings oneDNN from the class path into the process. The files exist only while they are being
 * loaded: Linux keeps a mapped library after its name is gone, so nothing is left behind.
 */
final class NativeLibraries {
  private static final String PLATFORM = "linux-x86_64";

  private NativeLibraries() {}

  /**
   * Loads libgomp and the OpenCL loader, which libdnnl is linked against, then libdnnl.
   *
   * @return the symbols of libdnnl and libgomp
   * @throws UnsatisfiedLinkError with the reason, if this platform has no such library
   */
  static SymbolLookup loadDnnl(Arena arena) {
    String platform = System.getProperty("os.name") + "-" + System.getProperty("os.arch");
    if (!platform.toLowerCase(Locale.ROOT).equals("linux-amd64")) {
      throw new UnsatisfiedLinkError("no oneDNN for this platform: platform=" + platform);
    }
    try {
      Path folder = Files.createTempDirectory("sampo-native-");
      try {
        SymbolLookup gomp = load(folder, "dnnl", "libgomp.so.1", arena);
        load(folder, "opencl", "libOpenCL.so.1", arena);
        return load(folder, "dnnl", "libdnnl.so.3", arena).or(gomp);
      } finally {
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not unpack oneDNN: reason=" + e.getMessage(), e);
    }
  }

  @SuppressWarnings("restricted") // loading native code is this class's purpose
  private static SymbolLookup load(Path folder, String preset, String file, Arena arena)
      throws IOException {
    String resource = "org/bytedeco/" + preset + "/" + PLATFORM + "/" + file;
    Path path = folder.resolve(file);
    try (InputStream in = NativeLibraries.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        throw new UnsatisfiedLinkError("library not on the class path: resource=" + resource);
      }
      Files.copy(in, path);
      try {
        return SymbolLookup.libraryLookup(path, arena);
      } catch (IllegalArgumentException e) {
        UnsatisfiedLinkError error =
            new UnsatisfiedLinkError(
                "library does not load: resource=" + resource + ", reason=" + e.getMessage());
        error.initCause(e);
        throw error;
      }
    } finally {
      Files.deleteIfExists(path);
    }
  }
}
