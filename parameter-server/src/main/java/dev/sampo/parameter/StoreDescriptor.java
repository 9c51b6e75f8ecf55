package dev.sampo.parameter;

import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The file that says what a store's folder holds: the layout's number, the job and its geometry, a
 * line each. Written once; a folder whose file says anything else is refused as it is.
 */
final class StoreDescriptor {
  private static final String NAME = "store.layout";
  private static final String LAYOUT = "layout=";
  private static final String JOB = "job=";
  private static final String KNOWN_LAYOUT = LAYOUT + 2;

  private StoreDescriptor() {}

  static void writeOrCheck(Path folder, StoreGeometry geometry) throws IOException {
    Path file = folder.resolve(NAME);
    List<String> expected = lines(geometry);
    if (Files.exists(file)) {
      check(file, expected);
      return;
    }
    Path temporary = folder.resolve(NAME + ShardFiles.TEMPORARY);
    Files.write(temporary, expected, StandardCharsets.UTF_8);
    ShardFiles.sync(temporary);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    ShardFiles.sync(folder);
  }

  private static void check(Path file, List<String> expected) throws IOException {
    List<String> found = Files.readAllLines(file, StandardCharsets.UTF_8);
    for (int i = 0; i < Math.max(found.size(), expected.size()); i++) {
      String is = i < found.size() ? found.get(i) : "";
      String wanted = i < expected.size() ? expected.get(i) : "";
      if (!is.equals(wanted)) {
        throw new StoreRefusedException(
            rule(wanted)
                + ": file="
                + file
                + ", found='"
                + is
                + "', expected='"
                + wanted
                + "'"
                + hint(wanted));
      }
    }
  }

  private static String rule(String line) {
    if (line.startsWith(LAYOUT)) {
      return "a store has a layout that this version knows";
    }
    return line.startsWith(JOB)
        ? "a store belongs to one job"
        : "a store keeps the geometry that it was made with";
  }

  private static String hint(String line) {
    return line.startsWith(LAYOUT)
        ? "; hint: use the version of sampo that wrote it, or another folder"
        : "; hint: give this job a folder of its own, or remove the old store";
  }

  private static List<String> lines(StoreGeometry geometry) {
    List<String> lines = new ArrayList<>();
    lines.add(KNOWN_LAYOUT);
    lines.add(JOB + geometry.job());
    lines.add("blockParameters=" + geometry.blockParameters());
    lines.add("stateFloats=" + geometry.stateFloats());
    for (ShardRange range : geometry.ranges()) {
      lines.add(
          "shard="
              + range.shard()
              + " first="
              + range.first()
              + " parameters="
              + range.parameters()
              + " carriesLoss="
              + range.carriesLoss());
    }
    return lines;
  }
}
