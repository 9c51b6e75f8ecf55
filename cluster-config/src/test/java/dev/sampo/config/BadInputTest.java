package dev.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Feeds broken settings and compares the whole text of what comes back. */
final class BadInputTest {
  @TempDir Path folder;

  @Test
  void reportsTenFaultsInTenLines() throws IOException {
    assertRefused(
        """
        job {
          name = "Not A Name"
          seed = 1.5
          stpes = 100
          model {
            layers = 0
            heads = 3
            width = 100
          }
          optimizer.beta1 = 1
          schedule.peak-rate = fast
          batch.slots = -8
          kernel-class = on
        }
        node.memory = 12 parsecs
        """,
        """
        must be auto or a size from 67108864 to 1125899906842624 bytes: node.memory=12 parsecs, at=FILE:15; hint: give what this node may use, such as 4GiB or auto
        must be a name of at most 63 letters a-z, digits, dots and hyphens: job.name=Not A Name, at=FILE:2; hint: choose a short name, such as java-small
        must be a whole number from -9223372036854775808 to 9223372036854775807: job.seed=1.5, at=FILE:3; hint: any whole number will do
        """);
  }

  private void assertRefused(String text, String expected) throws IOException {
    Path file = Files.writeString(folder.resolve("broken.conf"), text);
    ConfigFaults refusal =
        assertThrows(
            ConfigFaults.class,
            () -> SampoConfig.load(List.of(file), List.of(), new Machine(4, 8L << 30)));
    assertEquals(expected.strip(), refusal.text().replace(file.toString(), "FILE"));
    assertEquals(expected.strip().lines().count(), refusal.faults().size());
  }
}
