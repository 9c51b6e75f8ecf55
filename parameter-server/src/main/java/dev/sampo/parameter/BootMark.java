package dev.sampo.parameter;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file that says under which boot of the machine a store was opened and not yet closed. What a
 * process wrote into mapped files before it died is there as long as the machine runs; after a
 * power cut it may be there in part.
 */
final class BootMark {
  private static final String NAME = "store.boot";
  private static final Path LINUX_BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** How the store's last user ended. */
  enum Ending {
    /** It closed the store, or died by itself: the files are as it left them. */
    FILES_WHOLE,
    /** The machine stopped under it: the files are as the disk happened to be. */
    MACHINE_STOPPED
  }

  private BootMark() {}

  /** This boot of this machine; empty where the system does not tell. */
  static String thisBoot() throws IOException {
    return Files.isReadable(LINUX_BOOT_ID) ? Files.readString(LINUX_BOOT_ID).strip() : "";
  }

  /** Marks the store as open under {@code boot}. */
  static Ending open(Path folder, String boot) throws IOException {
    Path file = folder.resolve(NAME);
    boolean marked = Files.exists(file);
    if (marked && Files.readString(file).equals(boot)) {
      return Ending.FILES_WHOLE;
    }
    Path temporary = folder.resolve(NAME + ShardFiles.TEMPORARY);
    Files.writeString(temporary, boot, StandardCharsets.UTF_8);
    ShardFiles.sync(temporary);
    ShardFiles.rename(temporary, file);
    ShardFiles.sync(folder);
    return marked ? Ending.MACHINE_STOPPED : Ending.FILES_WHOLE;
  }

  /** The store was closed and its files are on the disk. */
  static void closed(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(NAME));
    ShardFiles.sync(folder);
  }
}
