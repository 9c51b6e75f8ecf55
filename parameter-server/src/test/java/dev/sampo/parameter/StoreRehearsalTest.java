package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreRehearsalTest {
  @TempDir Path folder;

  @Test
  void aShardIsLearntFromItself() {
    StoreRehearsal.rehearse(folder.resolve("rehearsal"));
  }

  @Test
  void whatARehearsalLeavesIsNothingEvenOfOneThatWasCutOff() throws IOException {
    Path stage = folder.resolve("rehearsal");
    Files.createDirectories(stage.resolve("jobs"));
    Files.writeString(stage.resolve("shard-000.blocks.tmp"), "cut off");
    StoreRehearsal.run(stage);
    assertFalse(Files.exists(stage));
    StoreRehearsal.run(stage);
    assertFalse(Files.exists(stage));
  }
}
