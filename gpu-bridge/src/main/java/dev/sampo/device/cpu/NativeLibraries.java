package dev.sampo.device.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Brings native libraries from the class path into the process. The files exist only while they are
 * being loaded: a mapped library stays after its name is gone, so nothing is left behind.
 */
final class NativeLibraries {
  /** Libraries in the order in which they are loaded, each after those it is linked against. */
  private static final Map<String, List<String>> DNNL =
      Map.of(
          "linux-x86_64",
          List.of("dnnl/libgomp.so.1", "opencl/libOpenCL.so.1", "dnnl/libdnnl.so.3"));

  private static final Map<String, List<String>> OPENBLAS =
      Map.of(
          "linux-x86_64",
          List.of(
              "openblas/libgcc_s.so.1",
              "openblas/libquadmath.so.0",
              "openblas/libgfortran.so.5",
              "openblas/libopenblas.so.0"),
          "linux-arm64",
          List.of(
              "openblas/libgcc_s.so.1", "openblas/libgfortran.so.5", "openblas/libopenblas.so.0"),
          "macosx-arm64",
          List.of(
              "openblas/libgcc_s.1.1.dylib",
              "openblas/libquadmath.0.dylib",
              "openblas/libgfortran.5.dylib",
              "openblas/libopenblas.0.dylib"));

  private NativeLibraries() {}

  /**
   * Loads oneDNN, libgomp and the OpenCL loader, which it is linked against.
   *
   * @return the symbols of all of them
   * @throws UnsatisfiedLinkError with the reason, if this platform has no such library
   */
  static SymbolLookup loadDnnl(Arena arena) {
    return load("oneDNN", DNNL, arena);
  }

  /** As {@link #loadDnnl}, of OpenBLAS and its Fortran runtime. */
  static SymbolLookup loadOpenBlas(Arena arena) {
    return load("OpenBLAS", OPENBLAS, arena);
  }

  /** This platform as the jars call it. */
  static String platform() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return (system.startsWith("mac") ? "macosx" : system)
        + "-"
        + switch (processor) {
          case "amd64" -> "x86_64";
          case "aarch64" -> "arm64";
          default -> processor;
        };
  }

  private static SymbolLookup load(
      String name, Map<String, List<String>> filesByPlatform, Arena arena) {
    String platform = platform();
    List<String> files = filesByPlatform.get(platform);
    if (files == null) {
      throw new UnsatisfiedLinkError("no " + name + " for this platform: platform=" + platform);
    }
    List<Path> unpacked = new ArrayList<>();
    try {
      Path folder = Files.createTempDirectory("sampo-native-");
      try {
        // All of them first: macOS looks for the others beside the one that it loads.
        for (String file : files) {
          unpacked.add(unpack(file, platform, folder));
        }
        SymbolLookup symbols = symbol -> Optional.empty();
        for (Path path : unpacked) {
          symbols = open(path, arena).or(symbols);
        }
        return symbols;
      } finally {
        for (Path path : unpacked) {
          Files.delete(path);
        }
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not unpack " + name + ": reason=" + e.getMessage(), e);
    }
  }

  /** Copies {@code preset/file} of a jar into a folder. */
  private static Path unpack(String file, String platform, Path folder) throws IOException {
    int slash = file.indexOf('/');
    String name = file.substring(slash + 1);
    String resource = "org/bytedeco/" + file.substring(0, slash) + "/" + platform + "/" + name;
    try (InputStream in = NativeLibraries.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        throw new UnsatisfiedLinkError("library not on the class path: resource=" + resource);
      }
      Path path = folder.resolve(name);
      Files.copy(in, path);
      return path;
    }
  }

  @SuppressWarnings("restricted") // loading native code is this class's purpose
  private static SymbolLookup open(Path path, Arena arena) {
    try {
      return SymbolLookup.libraryLookup(path, arena);
    } catch (IllegalArgumentException e) {
      UnsatisfiedLinkError error =
          new UnsatisfiedLinkError(
              "library does not load: library="
                  + path.getFileName()
                  + ", reason="
                  + e.getMessage());
      error.initCause(e);
      throw error;
    }
  }
}
